import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import type { Services } from "../../lib/services.ts";
import { BudgetError } from "../../lib/errors.ts";
import type { ReplayQueue } from "../../lib/queue/queue.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { orderReplay } from "../../lib/verification/order_replay.ts";
import { sweep } from "../../lib/verification/sweep.ts";
import { exampleRecipe } from "./example.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices } from "../support/services.ts";

for (const backend of testBackends()) {
  describe(`sweep on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened);
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    async function leading(score: number): Promise<Entry> {
      const entry = await addEntry(services.db, { training_flops: 1e6 });
      await addScore(services.db, entry, SORT_6.id, score, { version: SORT_6.version });
      return entry;
    }

    async function replays(): Promise<string[]> {
      const jobs = await services.db.selectFrom("job").select("entry_id").execute();
      return jobs.map((job) => job.entry_id).sort();
    }

    it("asks for one replay of each leading entry, however many servers ask at once", async () => {
      const ids = [(await leading(90)).id, (await leading(80)).id].sort();
      const asked = await Promise.all([sweep(services), sweep(services), sweep(services)]);
      assert.deepEqual(asked.flat().sort(), ids);
      assert.deepEqual(await replays(), ids);
    });

    it("has the first of a benchmark trained from fresh seeds, once, when it is exact", async () => {
      await services.close();
      services = await testServices(opened, { seedAudits: true });
      const recipe = JSON.stringify(exampleRecipe());
      const [first, second] = [await leading(90), await leading(80)];
      await services.db.updateTable("entry").set({ recipe, provenance: "exact" }).execute();
      await sweep(services);
      await sweep(services);
      assert.deepEqual(await replays(), [first.id, first.id, first.id]);
      await services.db.deleteFrom("job").execute();
      await services.db.updateTable("replay").set({ state: "failed" }).execute();
      await sweep(services);
      assert.deepEqual(await replays(), [], "not again, whatever came of it");
      await services.db.updateTable("entry").set({ provenance: "mismatch" })
        .where("id", "=", first.id).execute();
      await sweep(services);
      assert.deepEqual(await replays(), [second.id, second.id, second.id]);
    });

    it("draws no fresh seeds for what is over this server's limits, and sweeps the rest", async () => {
      await services.close();
      const recipe = exampleRecipe();
      const replayFlops = trainingFlops(recipe) - 1;
      services = await testServices(opened, { seedAudits: true, replayFlops });
      const [first, second] = [await leading(90), await leading(80)];
      await services.db.updateTable("entry")
        .set({ recipe: JSON.stringify(recipe), provenance: "exact" })
        .where("id", "=", first.id).execute();
      assert.deepEqual(await sweep(services), [second.id]);
      assert.deepEqual(await replays(), [second.id]);
      const editor = { id: "editor", name: "Ed", role: "editor" as const };
      const order = { entryId: first.id, wanted: "fresh-seeds" };
      await assert.rejects(orderReplay(services, editor, order), (error: BudgetError) => {
        assert.ok(error.problem.expected?.startsWith(`at most ${replayFlops} operations`));
        return error instanceof BudgetError;
      });
      services.config.replayFlops++;
      await orderReplay(services, editor, order);
      assert.deepEqual(await replays(), [first.id, first.id, first.id, second.id].sort());
    });

    it("leaves out an entry whose replay ended while it was on its way there", async () => {
      const [first, second] = [await leading(90), await leading(80)];
      const order: string[] = [];
      // As if another server settled the replay of the one that is not enqueued yet.
      const queue: ReplayQueue = {
        enqueueParts: (...args) => services.queue.enqueueParts(...args),
        async enqueueVerify(trx, id, flops) {
          order.push(id);
          const other = id === first.id ? second.id : first.id;
          await trx.updateTable("entry").set({ provenance: "exact" }).where("id", "=", other)
            .execute();
          return await services.queue.enqueueVerify(trx, id, flops);
        },
      };
      assert.deepEqual(await sweep({ ...services, queue }), order);
      assert.equal(order.length, 1);
      assert.deepEqual(await replays(), order);
    });
  });
}
