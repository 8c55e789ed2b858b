// A mismatch is looked at again in another JavaScript engine, by real job processes.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/hash.ts";
import type { AssignedJob } from "../../lib/jobs/protocol.ts";
import type { Services } from "../../lib/services.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { CONFIRM_V8_FLAGS } from "../../lib/verification/combine.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { describeVerdict, type Statement } from "../../lib/verification/report.ts";
import type { VerifierInfo } from "../../lib/verification/types.ts";
import { reportsOf } from "../../lib/verification/store.ts";
import { resultOf } from "../../components/report_view.ts";
import { type ChildOutcome, runChild } from "../../workers/job_child.ts";
import { findOtherEngine, type OtherEngine } from "../../workers/other_engine/other_engine.ts";
import { runElsewhere } from "../../workers/other_engine/run_elsewhere.ts";
import { removeJobFolders, runAttempt } from "../../workers/run_attempt.ts";
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

describe("a second replay that is killed", () => {
  let folder: string;
  let file: Uint8Array<ArrayBuffer>;
  let run: TrainedRun;
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    const engine = await testEngine();
    run = await trainRun(engine, tinyRecipe({ steps: 200, checkpointInterval: 10 }));
    engine.close();
    file = withFlippedBit(run.file, 0);
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  /** `path`, which says its process id in a file beside this one. */
  async function telling(path: string, name: string): Promise<{ path: string; pid: string }> {
    const wrapper = `${folder}/${name}`, pid = `${wrapper}.pid`;
    await Deno.writeTextFile(wrapper, `#!/bin/sh\necho $$ > ${pid}\nexec ${path} "$@"\n`);
    await Deno.chmod(wrapper, 0o755);
    return { path: wrapper, pid };
  }

  /** The replay of the forged file by V8 and then by this engine, which is killed after step 40. */
  async function killedOnce(
    engine: OtherEngine,
  ): Promise<{ outcome: ChildOutcome; log: string[] }> {
    const { path, pid } = await telling(engine.path, engine.kind);
    const log: string[] = [];
    let elsewhere = false, killed = false;
    const job: AssignedJob = {
      ...{ job: engine.kind, fence: 0, kind: "verify", entryId: "e", attempt: 1, files: [] },
      ...{ fileDigest: await sha256Hex(file), benchmarks: [], twin: null, uploads: [] },
      ...{ claimedScores: [], segment: null, seed: null, keep: [], generation: null },
      ...{ timeoutMs: 60_000, memoryBytes: 2 ** 31, heartbeatMs: 1000 },
    };
    const outcome = await runAttempt({
      ...{ job, folder: `${folder}/job`, threads: 1, library: null, run: runChild, runElsewhere },
      program: new URL("../../workers/job_process.ts", import.meta.url),
      otherEngine: { ...engine, path },
      async fill(into) {
        await Deno.writeFile(`${into}/model.tinygpt`, file);
        await Deno.writeFile(`${into}/engine.wasm`, await engineBinary());
      },
      leftMs: () => 60_000,
      onMessage(message) {
        if (message.type === "log") {
          log.push(message.line);
          return elsewhere ||= message.line.startsWith("A difference");
        }
        if (message.type !== "progress") return;
        const step = Number(/^replaying step (\d+)/.exec(message.stage)?.[1] ?? 0);
        if (!elsewhere || killed || step < 40) return;
        killed = true;
        Deno.kill(Number(Deno.readTextFileSync(pid)), "SIGKILL");
      },
      signal: new AbortController().signal,
      onError: (error) => log.push(String(error)),
    });
    await removeJobFolders(`${folder}/job`);
    assert.ok(killed);
    return { outcome, log };
  }

  const engines: OtherEngine[] = [
    // Node keeps the protocol of Bun.
    { kind: "bun", path: program("bun") ?? program("node")! },
    ...firefox === null ? [] : [{ kind: "firefox" as const, path: firefox }],
  ];
  for (const engine of engines) {
    it(`goes on from its own checkpoint, as ${engine.kind}`, async () => {
      const { outcome, log } = await killedOnce(engine);
      assert.ok(outcome.ended === "result" && outcome.result.kind === "verify", log.join("\n"));
      const { verdict, firstDivergentStep, verifiers, cost } = outcome.result.result;
      assert.deepEqual([verdict, firstDivergentStep, verifiers.length], ["mismatch", 200, 2]);
      const [first, again, ...more] = log;
      assert.match(first, /^A difference: looking again in/);
      const step = Number(/^Going on from step (\d+)\.$/.exec(again)?.[1]);
      assert.ok(step >= 30 && step < 200 && step % 10 === 0, log.join("\n"));
      assert.deepEqual(more, []);
      // The whole run by the first; by the second what was left of it.
      const whole = trainingFlops(run.recipe);
      assert.equal(cost.flops, whole + whole * (200 - step) / 200);
    });
  }
});
