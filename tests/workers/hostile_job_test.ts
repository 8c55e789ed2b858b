import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ChildOutcome, runChild } from "../../workers/job_child.ts";
import { prepareFolder } from "../../workers/job_folder.ts";
import type { JobMessage } from "../../workers/job_protocol.ts";

const SECRET = "the operator's secret";

/** How Deno and its node modules say that something is not allowed. */
const REFUSAL = new RegExp(
  [
    /refused (NotCapable|PermissionDenied) /,
    /refused \w+ (EPERM|EACCES|ERR_ACCESS_DENIED) /,
    /Requires \w+ access|requires (full )?\w+ (read|access)|permission|not allowed/i,
  ].map(({ source }) => source).join("|"),
  "i",
);

describe("a hostile job", () => {
  let directory: string;
  let folder: string;
  let listener: Deno.Listener;
  let socket: Deno.Listener;
  let connections: number;
  beforeEach(async () => {
    directory = await Deno.makeTempDir({ prefix: "tinyproof-hostile-" });
    folder = `${directory}/job`;
    await Deno.mkdir(`${directory}/outside`);
    await Deno.writeTextFile(`${directory}/outside/secret`, SECRET);
    await Deno.writeTextFile(`${directory}/outside/secret.json`, JSON.stringify({ SECRET }));
    await Deno.writeTextFile(`${directory}/outside/module.ts`, `export default "${SECRET}"`);
    connections = 0;
    listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    socket = Deno.listen({ transport: "unix", path: `${directory}/outside/socket` });
    for (const open of [listener, socket]) countConnections(open);
    Deno.env.set("HOSTILE_SECRET", SECRET);
  });
  afterEach(async () => {
    Deno.env.delete("HOSTILE_SECRET");
    listener.close();
    socket.close();
    await Deno.remove(directory, { recursive: true });
  });

  async function countConnections(open: Deno.Listener): Promise<void> {
    for await (const connection of open) {
      connections++;
      connection.close();
    }
  }

  async function run(
    does: string,
    limits: { timeoutMs?: number; memoryBytes?: number } = {},
  ): Promise<{ outcome: ChildOutcome; log: string[] }> {
    const outside = `${directory}/outside`;
    const plan = {
      ...{ does, outside, secretFile: `${outside}/secret`, socket: `${outside}/socket` },
      ...{ port: (listener.addr as Deno.NetAddr).port, parent: Deno.pid, library: "libc.so.6" },
    };
    await Deno.writeTextFile(`${directory}/plan`, JSON.stringify(plan));
    await prepareFolder(folder, {
      spec: {
        ...{ kind: "self-test", jobId: "j", entryId: "e", fileDigest: "f", attempt: 1 },
        ...{ confirm: false, flags: [], threads: 1, native: null, twin: null },
        ...{ benchmarks: [], claimedScores: [] },
      },
      modelPath: `${directory}/plan`,
      dataRoot: directory,
      dataFiles: [],
    });
    const log: string[] = [];
    const outcome = await runChild({
      folder,
      program: new URL("../support/hostile_job.ts", import.meta.url),
      ...{ v8Flags: [], library: null },
      ...{ memoryBytes: 2 ** 31, timeoutMs: 120_000, ...limits },
      onMessage: (message: JobMessage) => {
        if (message.type === "log" && log.length < 200) log.push(message.line);
      },
      signal: new AbortController().signal,
    });
    return { outcome, log };
  }

  it("reads, writes, calls, asks and starts nothing beyond its folder", async () => {
    const { outcome, log } = await run("escape");
    assert.equal(outcome.ended, "result", JSON.stringify(outcome));
    assert.ok(log.length > 50, log.join("\n"));
    assert.deepEqual(log.filter((line) => line.includes("DONE")), []);
    assert.deepEqual(log.filter((line) => !REFUSAL.test(line) && !/^ask for/.test(line)), []);
    assert.equal(log.join("\n").includes(SECRET), false);
    assert.equal(connections, 0);
    assert.equal(await Deno.readTextFile(`${directory}/outside/secret`), SECRET);
    const left = [...Deno.readDirSync(`${directory}/outside`)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["module.ts", "secret", "secret.json", "socket"]);
  });

  for (const does of ["thread", "datagram"]) {
    it(`ends for trying to get more rights for a thread, or to send: ${does}`, async () => {
      const { outcome, log } = await run(does);
      assert.deepEqual([outcome.ended, log], ["killed", []]);
    });
  }

  it("may use its own folder and read our source, of which its threads are made", async () => {
    const { outcome, log } = await run("work");
    assert.equal(outcome.ended, "result");
    assert.deepEqual(log, ["x", "true"]);
  });

  for (const does of ["buffers", "objects"]) {
    it(`ends when it takes more memory than it may, in ${does}`, async () => {
      const { outcome } = await run(does, { memoryBytes: 768 * 1024 ** 2 });
      assert.ok(outcome.ended === "killed" || outcome.ended === "error", JSON.stringify(outcome));
      const reason = outcome.ended === "killed" ? outcome.reason : outcome.error.reason;
      assert.match(reason, /memory|heap|allocation|SIG(ABRT|TRAP|ILL|SEGV|BUS)/i);
    });
  }

  it("ends when its time is over, though it never listens", async () => {
    const { outcome } = await run("spin", { timeoutMs: 3000 });
    assert.deepEqual(outcome, { ended: "timeout" });
  });

  for (const does of ["flood", "floodErrors", "endlessLine"]) {
    it(`ends when it says more than anybody reads: ${does}`, async () => {
      const { outcome } = await run(does);
      assert.ok(outcome.ended === "killed", JSON.stringify(outcome));
      assert.match(outcome.reason, /said more than/);
    });
  }
});
