// A mismatch is looked at again in another JavaScript engine, by real job processes.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Services } from "../../lib/services.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { CONFIRM_V8_FLAGS } from "../../lib/verification/combine.ts";
import { describeVerdict, type Statement } from "../../lib/verification/report.ts";
import type { VerifierInfo } from "../../lib/verification/types.ts";
import { reportsOf } from "../../lib/verification/store.ts";
import { resultOf } from "../../components/report_view.ts";
import { findOtherEngine } from "../../workers/other_engine/other_engine.ts";
import { startSupervisor } from "../../workers/supervisor.ts";
import { findFirefox } from "../support/browser.ts";
import { pgliteBackend, type TestBackend, type TestDatabase } from "../support/databases.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { withFlippedBit } from "../support/model_files.ts";
import { testServices, whenEntry } from "../support/services.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, type TrainedRun, trainRun } from "../support/trained_entry.ts";

const firefox = await findFirefox();

/** The first program of that name; the tests themselves are started by one of Node's. */
function program(name: string): string | null {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const paths = folders.map((folder) => `${folder}/${name}`);
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}

describe("the second engine", () => {
  it("is Bun where there is one, else Firefox, or whatever the operator says", async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/bun`, "");
    const bun = { kind: "bun" as const, path: `${folder}/bun` };
    const elsewhere = { kind: "firefox" as const, path: `${folder}/firefox` };
    assert.deepEqual(findOtherEngine("auto", [elsewhere, bun]), bun);
    assert.equal(findOtherEngine("off", [bun]), null);
    await Deno.remove(folder, { recursive: true });
    assert.equal(findOtherEngine("auto", [bun]), null);
    assert.equal(findOtherEngine("/opt/firefox/firefox")?.kind, "firefox");
    assert.equal(findOtherEngine("/opt/bun")?.kind, "bun");
  });
});

describe("a mismatch", () => {
  let run: TrainedRun;
  let backend: TestBackend;
  let opened: TestDatabase;
  let services: Services;
  let engineDir: string;
  beforeAll(async () => {
    engineDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    await Deno.writeFile(`${engineDir}/engine.wasm`, await engineBinary());
    const engine = await testEngine();
    run = await trainRun(engine, tinyRecipe({ steps: 20 }));
    engine.close();
    backend = pgliteBackend();
    opened = await backend.open();
    services = await testServices(opened, { sweep: false, jobThreads: 2 }, {}, {
      enginePath: `${engineDir}/engine.wasm`,
      dataFiles: { score: [], generate: [], verify: [] },
      pollMs: 200,
    });
  });
  afterAll(async () => {
    await services.close();
    await opened.close();
    await backend.close();
    await Deno.remove(engineDir, { recursive: true });
  });

  let forged = 0;

  /** The verifiers of the report about a forged file, and what it says; `path` is asked second. */
  async function confirmedBy(path: string): Promise<{ verifiers: VerifierInfo[]; words: string }> {
    services.config.secondEngine = path;
    services.config.jobThreads = /node$/.test(path) ? 1 : 2;
    const supervisor = startSupervisor(services, { onError: () => {} });
    const entry = await trainedEntry(services, withFlippedBit(run.file, forged++), "Forged");
    await services.db.transaction().execute((trx) =>
      services.queue.enqueueVerify(trx, entry.id, 1)
    );
    await whenEntry(
      services,
      entry.id,
      async () => (await getEntry(services.db, entry.id))!.provenance === "mismatch" || null,
    );
    await supervisor.stop();
    const [report] = await reportsOf(services.db, entry.id);
    assert.equal(report.first_divergent_step, 20);
    const { verifiers } = (report.statement as Statement).predicate;
    return { verifiers, words: describeVerdict(resultOf(report)) };
  }

  if (firefox !== null) {
    it("is confirmed by SpiderMonkey in Firefox", async () => {
      const { verifiers: [ours, other], words } = await confirmedBy(firefox);
      assert.deepEqual([ours.engineFamily, other.engineFamily], ["v8", "spidermonkey"]);
      assert.match(other.runtime, /^Firefox \d+ \(SpiderMonkey\)$/);
      assert.deepEqual([other.selfTestDigest, other.threads], [ours.selfTestDigest, 2]);
      assert.match(words, /two engine families agree, V8 and SpiderMonkey/);
    });
  }

  const bun = program("bun");
  if (bun !== null) {
    it("is confirmed by JavaScriptCore in Bun", async () => {
      const { verifiers: [, other], words } = await confirmedBy(bun);
      assert.match(other.runtime, /^Bun [\d.]+ \(JavaScriptCore\)$/);
      assert.deepEqual([other.engineFamily, other.threads], ["javascriptcore", 2]);
      assert.match(words, /two engine families agree, V8 and JavaScriptCore/);
    });
  }

  it("is confirmed by a program on the command line, which says what it is", async () => {
    const { verifiers: [, other], words } = await confirmedBy(program("node")!);
    assert.match(other.runtime, /^Node [\d.]+ \(V8 /);
    assert.match(words, /two configurations of V8 agree; no other engine family was at hand/);
  });

  it("is confirmed by V8's other compiler when the second engine does not run", async () => {
    const { verifiers: [, other], words } = await confirmedBy("/bin/false");
    assert.deepEqual([other.engineFamily, other.flags], ["v8", CONFIRM_V8_FLAGS]);
    assert.match(words, /no other engine family was at hand/);
  });
});
