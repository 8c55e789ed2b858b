import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type NightlyDump, startNightlyDump } from "../../lib/dump/nightly.ts";
import type { Source } from "../../lib/dump/source.ts";
import { readManifest } from "./copy.ts";

/** A site of two pages: what a copy is of does not matter here. */
const SITE: Record<string, string> = {
  "/": `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><a href="/static-copy">a</a>`,
  "/static-copy": `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>`,
};

describe("a copy every night", () => {
  let folder: string;
  let nightly: NightlyDump | null;
  let time: Date;
  let asked: number;
  let paused: number[];
  let errors: unknown[];
  let broken: boolean;

  const source: Source = {
    origin: "http://board.test",
    get(address) {
      asked++;
      if (broken) return Promise.reject(new Error("the database is gone"));
      const html = SITE[address];
      return Promise.resolve(
        html === undefined
          ? new Response("", { status: 404 })
          : new Response(html, { headers: { "content-type": "text/html" } }),
      );
    },
  };

  beforeEach(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-nightly-" });
    [nightly, asked, paused, errors, broken] = [null, 0, [], [], false];
    time = new Date("2026-11-27T12:00:00Z");
  });
  afterEach(async () => {
    await nightly?.stop();
    await Deno.remove(folder, { recursive: true });
  });

  function start(): NightlyDump {
    return nightly = startNightlyDump({
      ...{ folder, hour: 3, source: () => source, now: () => time },
      checkMs: 1e9,
      pause: (ms) => Promise.resolve(void paused.push(ms)),
      onError: (error) => errors.push(error),
    });
  }
  const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const at = (text: string) => time = new Date(text);

  it("is made where there is none, and lies behind the name latest", async () => {
    await start().check();
    assert.deepEqual(errors, []);
    assert.deepEqual(names(), ["2026-11-27T120000Z", "latest"]);
    assert.equal(Deno.readLinkSync(`${folder}/latest`), "2026-11-27T120000Z");
    assert.equal((await readManifest(`${folder}/latest`)).madeAt, "2026-11-27T12:00:00.000Z");
  });

  it("waits for the hour of the next day", async () => {
    await start().check();
    const before = asked;
    at("2026-11-28T02:59:59Z");
    await nightly!.check();
    assert.equal(asked, before);
    at("2026-11-28T03:00:00Z");
    await nightly!.check();
    assert.equal(Deno.readLinkSync(`${folder}/latest`), "2026-11-28T030000Z");
  });

  it("is made up for by a server that did not run at the hour", async () => {
    await start().check();
    await nightly!.stop();
    at("2026-11-30T18:00:00Z");
    await start().check();
    assert.equal(Deno.readLinkSync(`${folder}/latest`), "2026-11-30T180000Z");
  });

  it("keeps the one before, for who is reading in it, and no older one", async () => {
    start();
    for (const day of ["27", "28", "29"]) {
      at(`2026-11-${day}T12:00:00Z`);
      await nightly!.check();
    }
    assert.deepEqual(names(), ["2026-11-28T120000Z", "2026-11-29T120000Z", "latest"]);
  });

  it("lets others have their turn between two pages", async () => {
    await start().check();
    assert.ok(paused.length >= 3);
    assert.ok(paused.every((ms) => ms >= 0 && ms <= 1000));
  });

  it("is tried again after an hour when it fails, and the last one stays", async () => {
    await start().check();
    at("2026-11-28T03:00:00Z");
    broken = true;
    await nightly!.check();
    assert.equal(errors.length, 1);
    assert.equal(Deno.readLinkSync(`${folder}/latest`), "2026-11-27T120000Z");
    broken = false;
    at("2026-11-28T03:30:00Z");
    await nightly!.check();
    assert.equal(Deno.readLinkSync(`${folder}/latest`), "2026-11-27T120000Z");
    at("2026-11-28T04:00:00Z");
    await nightly!.check();
    assert.deepEqual(names(), ["2026-11-27T120000Z", "2026-11-28T040000Z", "latest"]);
  });

  it("removes what a killed server had begun, and nothing else", async () => {
    await Deno.mkdir(`${folder}/.static-copy-abc/site`, { recursive: true });
    await Deno.writeTextFile(`${folder}/mine.txt`, "mine");
    await start().check();
    assert.deepEqual(names(), ["2026-11-27T120000Z", "latest", "mine.txt"]);
  });

  it("ends at once with the server, without a trace or an error", async () => {
    const reached = Promise.withResolvers<void>();
    const waiting = startNightlyDump({
      ...{ folder, hour: 3, source: () => source, now: () => time, checkMs: 1e9 },
      pause: () => {
        reached.resolve();
        return Promise.resolve();
      },
      onError: (error) => errors.push(error),
    });
    const made = waiting.check();
    await reached.promise;
    await waiting.stop();
    await made;
    assert.deepEqual(names(), []);
    assert.deepEqual(errors, []);
  });
});
