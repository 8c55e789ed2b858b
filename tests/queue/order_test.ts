import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { BossQueue } from "../../lib/queue/boss_queue.ts";
import type { JobQueue, Trx } from "../../lib/queue/queue.ts";
import { costBand, priorityOf } from "../../lib/queue/order.ts";
import type { JobKind } from "../../lib/storage/job_schema.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

describe("the order of bands and turns", () => {
  it("puts every turn of a band before the next band", () => {
    assert.ok(priorityOf(0, 10 ** 9) > priorityOf(1, 0));
    assert.ok(priorityOf(3, 4) > priorityOf(3, 5));
  });

  it("fits the queue's integer, however dear a replay is", () => {
    assert.ok(priorityOf(costBand(1e30), 10 ** 9) > -(2 ** 31));
  });
});

for (const backend of testBackends()) {
  describe(`the order of waiting jobs on ${backend.name}`, () => {
    let opened: TestDatabase;
    let queue: JobQueue;
    beforeEach(async () => {
      opened = await backend.open();
      queue = new BossQueue(opened);
      await queue.start();
    });
    afterEach(async () => {
      await queue.stop();
      await opened.close();
    });
    afterAll(() => backend.close());

    const transaction = <T>(work: (trx: Trx) => Promise<T>) =>
      opened.db.transaction().execute(work);

    /** Submits one entry after the other; each name says whose it is and which: "a1". */
    async function submit(...names: string[]): Promise<void> {
      for (const name of names) {
        await addEntry(opened.db, { id: name, author: name[0] });
        await transaction((trx) => queue.enqueueScore(trx, name));
      }
    }

    /** Takes and settles up to `count` jobs: their entries in that order. */
    async function served(count: number, kind: JobKind = "score"): Promise<string[]> {
      const order: string[] = [];
      while (order.length < count) {
        const claim = await queue.claim(kind);
        if (claim === null) break;
        order.push(claim.entryId);
        await opened.db.updateTable("job").set({ state: "done" }).where("id", "=", claim.id)
          .execute();
        await transaction((trx) => queue.settle(trx, claim));
      }
      return order;
    }

    it("is that of arrival for one author", async () => {
      await submit("a1", "a2", "a3");
      assert.deepEqual(await served(9), ["a1", "a2", "a3"]);
    });

    it("lets authors take turns", async () => {
      await submit("a1", "a2", "a3", "b1", "b2", "c1");
      assert.deepEqual(await served(9), ["a1", "b1", "c1", "a2", "b2", "a3"]);
    });

    it("puts the first of another author before the rest of a burst of fifty", async () => {
      const burst = Array.from({ length: 50 }, (_, i) => `a${i + 1}`);
      await submit(...burst);
      assert.deepEqual(await served(10), burst.slice(0, 10));
      await submit("b1");
      assert.deepEqual(await served(2), ["a11", "b1"]);
      assert.deepEqual(await served(99), burst.slice(11));
    });

    it("does not let who comes later overtake for ever", async () => {
      await submit("a1", "a2", "a3");
      await served(1);
      // Each of these begins at the turn that is being served.
      for (const name of ["b1", "c1", "d1"]) await submit(name);
      assert.deepEqual(await served(2), ["a2", "b1"]);
      await submit("e1", "f1");
      assert.deepEqual(await served(9), ["c1", "d1", "e1", "f1", "a3"]);
    });

    it("knows an author by the account, whatever name stands there", async () => {
      for (const [id, author] of [["x1", "Ada"], ["x2", "Bob"], ["y1", "Cleo"]]) {
        await addEntry(opened.db, { id, author, account_id: `account-${id[0]}` });
        await transaction((trx) => queue.enqueueScore(trx, id));
      }
      assert.deepEqual(await served(9), ["x1", "y1", "x2"]);
    });

    it("puts new submissions before what is only to be scored again", async () => {
      for (const id of ["a1", "a2"]) await addEntry(opened.db, { id, author: "a" });
      await transaction((trx) => queue.enqueueTopUps(trx, ["a1", "a2"]));
      await submit("b1", "b2");
      assert.deepEqual(await served(9), ["b1", "b2", "a1", "a2"]);
    });

    it("puts cheaper replays first, and lets authors take turns among equals", async () => {
      const replays: [string, number][] = [["a1", 1e13], ["a2", 1e10], ["a3", 1e10], ["b1", 1e10]];
      for (const [id, flops] of replays) {
        await addEntry(opened.db, { id, author: id[0] });
        await transaction((trx) => queue.enqueueVerify(trx, id, flops));
      }
      assert.deepEqual(await served(9, "verify"), ["a2", "b1", "a3", "a1"]);
    });
  });
}
