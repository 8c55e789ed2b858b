// Replays in parts by real job processes: kept states, verdicts, what happens when a part fails.

import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { modelDigest } from "../../lib/format/digest.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import type { Job } from "../../lib/storage/job_schema.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { getEntry, jobsOf } from "../../lib/submissions/store.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { askForReplay } from "../../lib/verification/ask_replay.ts";
import { evictStates, heldStates } from "../../lib/verification/kept_store.ts";
import type { Statement } from "../../lib/verification/report.ts";
import { orderReplay } from "../../lib/verification/order_replay.ts";
import { freshSeeds } from "../../lib/verification/seed_audit.ts";
import { seedAuditsOf } from "../../lib/verification/seed_audit_store.ts";
import { keyHistory } from "../../lib/verification/signer.ts";
import { checkReport } from "../../lib/verification/signing_key.ts";
import { reportsOf } from "../../lib/verification/store.ts";
import { startSupervisor, type Supervisor } from "../../workers/supervisor.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addScore } from "../support/entries.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { withHeader } from "../support/model_files.ts";
import { testServices, whenEntry } from "../support/services.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, type TrainedRun, trainRun } from "../support/trained_entry.ts";

const EDITOR = { id: "editor", name: "Ed", role: "editor" as const };

for (const backend of testBackends()) {
  describe(`replays in parts on ${backend.name}`, () => {
    let run: TrainedRun;
    let engineDir: string;
    let opened: TestDatabase;
    let services: Services;
    let supervisor: Supervisor;
    beforeAll(async () => {
      engineDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      await Deno.writeFile(`${engineDir}/engine.wasm`, await engineBinary());
      const engine = await testEngine();
      run = await trainRun(engine, tinyRecipe());
      engine.close();
    });
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(
        opened,
        { sweep: false, jobConcurrency: 2, jobThreads: 1, replayParts: 3 },
        {},
        {
          enginePath: `${engineDir}/engine.wasm`,
          dataFiles: { score: [], generate: [], verify: [] },
          pollMs: 200,
          onError: () => {},
        },
      );
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

    const ask = (entry: Entry) =>
      services.db.transaction().execute(async (trx) =>
        await askForReplay({ trx, queue: services.queue, askedBy: null }, entry)
      );

    const allEnded = (id: string) =>
      whenEntry<Job[]>(services, id, async () => {
        const jobs = await jobsOf(services.db, id);
        return jobs.length > 0 && jobs.every(({ finished_at }) => finished_at !== null)
          ? jobs
          : null;
      });

    /** The statements about an entry, newest first. */
    async function statements(id: string): Promise<Statement["predicate"][]> {
      const reports = await reportsOf(services.db, id);
      return reports.map(({ statement }) => (statement as Statement).predicate);
    }

    /** The entry of `file`, with the states of the honest run as if a replay had kept them. */
    async function forged(file: Uint8Array<ArrayBuffer>, honest: Entry): Promise<Entry> {
      const entry = await trainedEntry(services, file, "Forged");
      for (const state of await heldStates(services.db, honest.id)) {
        await services.db.insertInto("kept_state").values({ ...state, entry_id: entry.id })
          .execute();
      }
      return entry;
    }

    /** With one leaf replaced, and nothing else. */
    const withLeaf = (leaf: number) =>
      withHeader(run.file, ({ chain }) => chain.leaves[leaf] = "0".repeat(64));

    it("come to the verdict and the bits of the whole one", async () => {
      const entry = await trainedEntry(services, run.file, "Honest");
      assert.equal(await ask(entry), "whole");
      assert.equal(await ask(entry), null, "it is on its way");
      await allEnded(entry.id);
      const kept = await heldStates(services.db, entry.id);
      assert.deepEqual(kept.map(({ leaf }) => leaf), [2, 4]);
      assert.equal(await ask(entry), "parts");
      assert.equal(await ask(entry), null);
      const jobs = (await allEnded(entry.id)).filter(({ task }) => task === "segments");
      assert.deepEqual(jobs.map(({ part }) => part).sort(), [0, 1, 2]);
      assert.equal((await getEntry(services.db, entry.id))!.provenance, "exact");

      const [inParts, whole] = await statements(entry.id);
      const { scope, verifiers, cost, startedAt: _, finishedAt: __, ...found } = inParts;
      const { scope: all, verifiers: [alone], cost: spent, ...wanted } = whole;
      assert.deepEqual({ ...wanted, ...found }, wanted);
      assert.deepEqual(scope, { ...all, parts: 3 });
      assert.deepEqual(verifiers, [alone, alone, alone]);
      assert.equal(cost.flops, spent.flops);
      assert.equal((await getEntry(services.db, entry.id))!.exact_count, 1);
    });

    it("name the interval of a forged checkpoint, as a whole replay does", async () => {
      const honest = await trainedEntry(services, run.file, "Honest");
      await ask(honest);
      await allEnded(honest.id);
      // In the last segment; in the first, when the others cannot start from their states.
      for (const [leaf, last] of [[5, "segments"], [1, null]] as const) {
        const entry = await forged(withLeaf(leaf), honest);
        assert.equal(await ask(entry), "parts");
        const jobs = await allEnded(entry.id);
        assert.equal(jobs.find(({ state }) => state === "done")!.task, last);
        assert.equal((await getEntry(services.db, entry.id))!.provenance, "mismatch");
        const [report] = await reportsOf(services.db, entry.id);
        assert.equal(report.first_divergent_step, 10 * leaf);
        assert.deepEqual((await heldStates(services.db, entry.id)).length, last ? 2 : 0);
      }
    });

    it("from fresh seeds tell of luck, signed, and leave the verdict as it is", async () => {
      const entry = await trainedEntry(services, run.file, "Audited");
      await addScore(services.db, entry, "sort-6", 100);
      const order = { entryId: entry.id, wanted: "fresh-seeds" };
      await orderReplay(services, EDITOR, order);
      await assert.rejects(orderReplay(services, EDITOR, order), /on its way already/);
      await allEnded(entry.id);
      const [{ id, state, statement, envelope }] = await seedAuditsOf(services.db, entry.id);
      assert.equal(state, "done");
      const { nonce, recipeHash: hash, runs, scores } = statement!.predicate;
      assert.deepEqual(runs.map(({ seed }) => seed), await freshSeeds(nonce, hash));
      // As anybody else would train it.
      const engine = await testEngine();
      const { states } = await trainRun(engine, { ...run.recipe, seed: runs[1].seed });
      engine.close();
      const { weights } = states.at(-1)!.state;
      assert.equal(
        runs[1].trainedDigest,
        await modelDigest(run.recipe.model, weights, BYTE_TOKENIZER),
      );
      assert.deepEqual(scores.map((score) => [score.claimed, score.scores]), [[100, [0, 0, 0]]]);
      assert.equal((await getEntry(services.db, entry.id))!.provenance, "pending");
      assert.equal((await checkReport(envelope!, await keyHistory(services.db))).valid, true);
      const events = (await listEvents(services.db, { limit: 9 }))
        .filter(({ kind }) => kind !== "twin-commitment");
      assert.deepEqual(events.map(({ kind }) => kind), [
        "fresh-seeds",
        "signing-key",
        "replay-order",
      ]);
      assert.equal(JSON.parse(events[0].payload).audit, id);
      assert.equal(JSON.parse(events[2].payload).nonce, nonce);
    });

    it("make room for others by the least used states, never by those in use", async () => {
      const entry = await trainedEntry(services, run.file, "Honest");
      await ask(entry);
      await allEnded(entry.id);
      const [state] = await heldStates(services.db, entry.id);
      assert.ok(await services.blobs.has(state.digest));
      await services.db.insertInto("replay")
        .values({ id: "open", entry_id: entry.id, task: "segments" }).execute();
      assert.equal(await evictStates(services, 0), 0);
      await services.db.updateTable("replay").set({ state: "failed" }).execute();
      assert.equal(await evictStates(services, 2 * state.byte_length + 1000), 0);
      assert.equal(await evictStates(services, state.byte_length), 2);
      assert.equal(await services.blobs.has(state.digest), false);
      assert.equal(await ask(entry), "whole");
      await allEnded(entry.id);
    });
  });
}
