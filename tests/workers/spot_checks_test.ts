// Spot checks from the first replay, which is over the budget, to the verdict: by real job processes.

import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TinyproofError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { failJob } from "../../lib/jobs/settle.ts";
import { tendJobs } from "../../lib/jobs/tend.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { deliverState } from "../../lib/submissions/deliver_state.ts";
import { requireStatus } from "../../lib/submissions/require.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { withdrawEntry } from "../../lib/submissions/withdraw.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { askForReplay } from "../../lib/verification/ask_replay.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import type { Statement } from "../../lib/verification/report.ts";
import { drawAgrees } from "../../lib/verification/spot_check.ts";
import { candidatesForSweep, reportsOf } from "../../lib/verification/store.ts";
import { startSupervisor, type Supervisor } from "../../workers/supervisor.ts";
import { dueNow, take } from "../support/assigned.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { withFlippedBit, withHeader } from "../support/model_files.ts";
import { testServices, whenEntry } from "../support/services.ts";
import { keptState } from "../support/spot_checks.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, type TrainedRun, trainRun } from "../support/trained_entry.ts";

const LEAVES = 7;
const DAYS = 24 * 3600_000;

for (const backend of testBackends()) {
  describe(`a spot check on ${backend.name}`, () => {
    let run: TrainedRun;
    let other: TrainedRun;
    let engineDir: string;
    let opened: TestDatabase;
    let services: Services;
    let supervisor: Supervisor;
    let at: Date;
    const key = newWithdrawalKey();
    beforeAll(async () => {
      engineDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      await Deno.writeFile(`${engineDir}/engine.wasm`, await engineBinary());
      const engine = await testEngine();
      run = await trainRun(engine, tinyRecipe());
      const { optimizer } = tinyRecipe();
      other = await trainRun(
        engine,
        tinyRecipe({ optimizer: { ...optimizer, learningRate: 0.002 } }),
      );
      engine.close();
    });
    beforeEach(async () => {
      opened = await backend.open();
      // Three of the six segments: any three ask for two states at least.
      const replayFlops = trainingFlops({ ...run.recipe, steps: 35 });
      services = await testServices(
        opened,
        { sweep: false, jobConcurrency: 2, jobThreads: 1, replayFlops },
        {},
        {
          enginePath: `${engineDir}/engine.wasm`,
          dataFiles: { score: [], verify: [], generate: [] },
          ...{ pollMs: 200, onError: () => {} },
        },
      );
      at = new Date("2026-11-27T12:00:00Z");
      services.now = () => at;
      supervisor = startSupervisor(services, { progressMs: 50, onError: () => {} });
    });
    afterEach(async () => {
      await supervisor.stop();
      await services.close();
      await opened.close();
    });
    afterAll(async () => {
      await backend.close();
      await Deno.remove(engineDir, { recursive: true });
    });

    const viewOf = (id: string) => requireStatus(services.db, id);
    const stateOf = async (id: string) => (await getEntry(services.db, id))!.provenance;

    /** An entry of a guest whose replay has been asked for, and what it is waiting for. */
    async function asked(file = run.file, owner: string | null = key) {
      const entry = await trainedEntry(services, file, "Long");
      await services.db.updateTable("entry").where("id", "=", entry.id)
        .set({ withdrawal_digest: owner === null ? null : withdrawalDigest(owner) }).execute();
      return { entry, view: await afterReplay(entry) };
    }

    async function afterReplay(entry: Entry) {
      const before = (await reportsOf(services.db, entry.id)).length;
      await services.db.transaction().execute((trx) =>
        askForReplay({ trx, queue: services.queue, askedBy: null }, entry)
      );
      return await whenEntry(services, entry.id, async () => {
        const view = await viewOf(entry.id);
        const reports = await reportsOf(services.db, entry.id);
        return !view.active && (view.spotCheck || reports.length > before) ? view : null;
      });
    }

    const stateFile = (leaf: number, by = run) => keptState(run, by, leaf);

    const deliver = (
      entryId: string,
      bytes: Uint8Array<ArrayBuffer>,
      { sha256 = "", by = key } = {},
    ) =>
      deliverState(services, {
        ...{ entryId, sha256: sha256 || undefined, claimant: { account: null, key: by } },
        sender: { account: null, address: "somewhere" },
      }, ReadableStream.from([bytes.subarray(0, 1000), bytes.subarray(1000)]));

    const wantedOf = ({ spotCheck }: Awaited<ReturnType<typeof viewOf>>) =>
      spotCheck!.states.map(({ leaf }) => leaf);

    async function deliverAll(entryId: string) {
      for (const leaf of wantedOf(await viewOf(entryId))) {
        await deliver(entryId, await stateFile(leaf));
      }
    }

    const verdict = (id: string) =>
      whenEntry(services, id, async () => (await reportsOf(services.db, id))[0] ?? null);

    const refused = async (work: Promise<unknown>): Promise<TinyproofError> => {
      try {
        await work;
      } catch (error) {
        return error as TinyproofError;
      }
      throw new Error("Nothing was refused");
    };

    it("asks for states, replays what was drawn and is no proof", async () => {
      const { entry, view } = await asked();
      const check = view.spotCheck!;
      assert.equal(check.state, "waiting");
      assert.equal(await stateOf(entry.id), "pending");
      assert.equal(check.segments, LEAVES - 1);
      assert.equal(check.drawn.length, 3);
      assert.equal(check.deadline, new Date(at.getTime() + 7 * DAYS).toISOString());
      assert.equal(view.finished, false);
      await deliverAll(entry.id);

      const { statement } = await verdict(entry.id);
      const { scope, verdict: said, reasons, trainedDigest, recomputed, losses } =
        (statement as Statement).predicate;
      assert.equal(said, "sampled");
      assert.equal(await stateOf(entry.id), "sampled");
      assert.deepEqual([scope.kind, scope.segments, scope.drawn], ["sample", 6, check.drawn]);
      assert.equal(scope.nonce, check.nonce);
      assert.ok(await drawAgrees(scope as Required<typeof scope>, entry.recipe_hash!));
      assert.match(reasons[0], /^3 of 6 segments.* 50 %/);
      assert.deepEqual([trainedDigest, recomputed.head], [null, null]);
      assert.ok(losses.every(({ step }) => check.drawn.includes(Math.floor((step - 1) / 10))));
      assert.equal((await getEntry(services.db, entry.id))!.exact_count, 0);

      const events = (await listEvents(services.db, { limit: 20 })).map(({ kind }) => kind);
      const states = check.states.map(() => "spot-state");
      assert.deepEqual(
        events.filter((kind) => kind.startsWith("spot")).reverse(),
        ["spot-check", ...states],
      );
      assert.equal((await viewOf(entry.id)).spotCheck!.state, "done");
      await tendJobs(services, 0);
      assert.equal(await statesKept(), 0);
    });

    const statesKept = async () =>
      (await services.db.selectFrom("spot_state").selectAll().execute()).length;

    it("refuses a state that is not the one of its leaf, and loses nothing by it", async () => {
      const { entry, view } = await asked();
      const [leaf, ...others] = wantedOf(view);
      const good = await stateFile(leaf);
      const { digest } = await services.blobs.putBytes(withFlippedBit(good, 17));
      const flipped = await refused(deliver(entry.id, withFlippedBit(good, 17)));
      assert.match(flipped.message, new RegExp(`leaf ${leaf} differs`));
      assert.match(flipped.problem.expected!, new RegExp(`^leaf ${run.states[leaf].leaves[leaf]}`));
      assert.match(flipped.problem.fix!, /--keep-states/);
      assert.equal(await services.blobs.has(digest), false);

      const foreign = withHeader(good, ({ checkpoint }) => checkpoint.recipeHash = "0".repeat(64));
      assert.match((await refused(deliver(entry.id, foreign))).message, /recipe differs/);
      const early = withHeader(good, ({ checkpoint }) => checkpoint.leaves[0] = "0".repeat(64));
      assert.match((await refused(deliver(entry.id, early))).message, /leaf 0 differs/);
      const relabelled = withHeader(good, ({ checkpoint }) => checkpoint.lastLoss += 1);
      assert.match((await refused(deliver(entry.id, relabelled))).message, /leaf \d differs/);
      const infinite = new Uint8Array(good);
      infinite.fill(0xff, good.length - 8, good.length - 4);
      assert.match((await refused(deliver(entry.id, infinite))).message, /not finite/);
      assert.match((await refused(deliver(entry.id, run.file))).message, /not a checkpoint/);
      const unwanted = [0, 1, 2, 3, 4, 5].find((each) => ![leaf, ...others].includes(each))!;
      assert.match(
        (await refused(deliver(entry.id, await stateFile(unwanted)))).message,
        /not asked/,
      );
      const cut = { sha256: await sha256Hex(good) };
      assert.match((await refused(deliver(entry.id, run.file, cut))).message, /announced/);
      const larger = new Uint8Array(view.spotCheck!.stateBytes + 1);
      assert.match((await refused(deliver(entry.id, larger))).message, /more|larger|limit/i);

      assert.equal((await deliver(entry.id, good)).missing, others.length);
      // Once more: no harm, and still there.
      assert.equal((await deliver(entry.id, good)).missing, others.length);
      assert.equal(await statesKept(), 1);
    });

    it("takes states from the author alone, and only while they are wanted", async () => {
      const { entry, view } = await asked();
      const bytes = await stateFile(wantedOf(view)[0]);
      const stranger = await refused(deliver(entry.id, bytes, { by: newWithdrawalKey() }));
      assert.match(stranger.message, /key that was given/);
      services.config.storedBytes = 1000;
      await services.db.updateTable("entry").set({ sender: "somewhere" }).execute();
      assert.match((await refused(deliver(entry.id, bytes))).message, /more room/);
      services.config.storedBytes = 2 ** 31;
      await deliver(entry.id, bytes);
      await withdrawEntry(services, entry.id, { account: null, key });
      assert.equal(await statesKept(), 0);
      assert.equal((await refused(deliver(entry.id, bytes))).name, "GoneError");
    });

    it("ends as not reproducible when the states do not come in time, and keeps its nonce", async () => {
      const { entry, view } = await asked();
      const { nonce, drawn, states } = view.spotCheck!;
      await deliver(entry.id, await stateFile(states[0].leaf));
      at = new Date(at.getTime() + 7 * DAYS - 1);
      await tendJobs(services, 1e9);
      assert.equal(await stateOf(entry.id), "pending");
      at = new Date(at.getTime() + 1);
      // The sweep, too: the worker's own look may have ended the check this very moment.
      await tendJobs(services, 0);
      assert.equal(await stateOf(entry.id), "not-reproducible");
      const { statement } = (await reportsOf(services.db, entry.id))[0];
      const { reasons } = (statement as Statement).predicate;
      assert.match(
        reasons.join(" "),
        /asked for \d states, to check 3 of 6 .* did not come by 2026-12-04/,
      );
      assert.equal(await statesKept(), 0);
      // Who asks again draws nothing new.
      const again = await afterReplay((await getEntry(services.db, entry.id))!);
      assert.deepEqual([again.spotCheck!.nonce, again.spotCheck!.drawn], [nonce, drawn]);
    });

    /** A worker whose process is killed whatever it begins, until a part is given up. */
    async function crashUntilGivenUp(): Promise<string[]> {
      const said: string[] = [];
      while (said.at(-1) !== "failed") {
        const job = await take(services, "crashing", ["verify"]);
        assert.ok(job, `Nothing was due after ${said.length} attempts`);
        const outcome = { ended: "killed" as const, reason: "The process was killed" };
        const { job: id, fence } = job;
        said.push(await failJob(services, "crashing", { job: id, fence, stage: "", outcome }));
        await dueNow(services);
      }
      return said;
    }

    it("is begun again from its states when a part fails by our fault, and nobody is blamed", async () => {
      const { entry, view } = await asked();
      await supervisor.stop();
      await deliverAll(entry.id);
      const said = await crashUntilGivenUp();
      assert.ok(said.filter((state) => state === "retrying").length > 0, "each part is retried");

      const { nonce, drawn, states } = view.spotCheck!;
      const again = (await viewOf(entry.id)).spotCheck!;
      assert.deepEqual([again.state, again.nonce, again.drawn], ["running", nonce, drawn]);
      assert.deepEqual([again.deadline, again.reason], [null, null]);
      assert.equal(await statesKept(), states.length);
      assert.deepEqual([await stateOf(entry.id), await reportsOf(services.db, entry.id)], [
        "pending",
        [],
      ]);
      // Nothing was waited for meanwhile, however late it is.
      at = new Date(at.getTime() + 30 * DAYS);
      await tendJobs(services, 0);
      supervisor = startSupervisor(services, { progressMs: 50, onError: () => {} });
      const { verdict: found } = await verdict(entry.id);
      assert.deepEqual([found, await stateOf(entry.id)], ["sampled", "sampled"]);
    });

    it("is left alone after two such failures, without a verdict", async () => {
      const { entry } = await asked();
      await supervisor.stop();
      await deliverAll(entry.id);
      await crashUntilGivenUp();
      await crashUntilGivenUp();
      assert.equal(await take(services, "crashing", ["verify"]), null);
      const { state, reason } = (await viewOf(entry.id)).spotCheck!;
      assert.equal(state, "failed");
      assert.match(reason!, /^Part \d could not be replayed: The process was killed/);
      assert.deepEqual([await stateOf(entry.id), await reportsOf(services.db, entry.id)], [
        "pending",
        [],
      ]);
      supervisor = startSupervisor(services, { progressMs: 50, onError: () => {} });
    });

    it("finds a run that the recipe does not give, and names the step", async () => {
      // Every checkpoint is of a real training, by another learning rate than the recipe's.
      const file = withHeader(other.file, (header) => header.recipe = run.recipe);
      const { entry, view } = await asked(file);
      for (const leaf of wantedOf(view)) await deliver(entry.id, await stateFile(leaf, other));
      const report = await verdict(entry.id);
      const step = 10 * (view.spotCheck!.drawn[0] + 1);
      assert.deepEqual([report.verdict, report.first_divergent_step], ["mismatch", step]);
      assert.equal(await stateOf(entry.id), "mismatch");
      const { scope, verifiers } = (report.statement as Statement).predicate;
      assert.deepEqual(scope.drawn, view.spotCheck!.drawn);
      // Each false segment was replayed twice.
      assert.ok(verifiers.some(({ flags }) => flags.includes("--liftoff-only")));
    });

    it("finds weights that are not those of the last leaf, whatever was drawn", async () => {
      const { entry } = await asked(withFlippedBit(run.file, 5));
      await deliverAll(entry.id);
      const report = await verdict(entry.id);
      assert.deepEqual([report.verdict, report.first_divergent_step], ["mismatch", 60]);
    });

    it("is not made where nobody could deliver or no segment fits", async () => {
      const { entry, view } = await asked(run.file, null);
      assert.equal(view.spotCheck, null);
      assert.equal(await stateOf(entry.id), "not-reproducible");
      services.config.replayFlops = trainingFlops({ ...run.recipe, steps: 9 });
      const longer = withHeader(run.file, (header) => header.note = "another file");
      const { entry: second } = await asked(longer);
      const [{ statement }] = await reportsOf(services.db, second.id);
      assert.match(
        (statement as Statement).predicate.reasons[1],
        /spot-checked: one segment of 10/,
      );
    });

    it("keeps the entry out of the sweep's way while it waits", async () => {
      const { entry } = await asked();
      const boards = [{ id: "sort-6", version: 1, lowerIsBetter: false }];
      await services.db.insertInto("score").values({
        ...{ model_digest: entry.model_digest!, benchmark: "sort-6", version: 1, score: 50 },
        ...{ interval_low: 40, interval_high: 60, incompatible_reason: null, examples: "[]" },
        ...{ engine_digest: "e", data_digest: "d", wall_ms: 1 },
      }).execute();
      assert.deepEqual(await candidatesForSweep(services.db, boards as never, 10), []);
      await services.db.deleteFrom("replay_part").execute();
      await services.db.deleteFrom("replay").execute();
      const [found] = await candidatesForSweep(services.db, boards as never, 10);
      assert.equal(found.id, entry.id);
    });
  });
}
