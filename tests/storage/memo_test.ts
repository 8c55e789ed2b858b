import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { memoised, VersionMemo } from "../../lib/storage/memo.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

describe("results of one version", () => {
  let memo: VersionMemo, made: number;
  const make = () => Promise.resolve(++made);
  beforeEach(() => {
    memo = new VersionMemo();
    made = 0;
  });

  it("are computed once for each key, and anew for another version", async () => {
    assert.deepEqual(await Promise.all([memo.get(1, "a", make), memo.get(1, "a", make)]), [1, 1]);
    assert.equal(await memo.get(1, "b", make), 2);
    assert.equal(await memo.get(1, "a", make), 1);
    assert.equal(await memo.get(2, "a", make), 3);
    assert.equal(await memo.get(1, "a", make), 4);
  });

  it("are not kept while the version is not known, nor when they could not be made", async () => {
    assert.deepEqual([await memo.get(null, "a", make), await memo.get(null, "a", make)], [1, 2]);
    const fail = () => Promise.reject(new Error("no"));
    await assert.rejects(memo.get(1, "a", fail), /no/);
    assert.equal(await memo.get(1, "a", make), 3);
  });
});

for (const backend of testBackends()) {
  describe(`what is kept of a database on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const count = () =>
      memoised(opened.db, "entries", async () => {
        const { n } = await opened.db.selectFrom("entry")
          .select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
        return { n };
      });

    it("is the same until a table changes, and another for the database of someone else", async () => {
      await heard(() => opened.changes.version !== null);
      const first = await count();
      assert.equal(await count(), first);
      const version = opened.changes.version!;
      await addEntry(opened.db);
      await heard(() => opened.changes.version! >= version + 2);
      assert.deepEqual(await count(), { n: first.n + 1 });
      await opened.db.transaction().execute(async (trx) => {
        const own = () => memoised(trx, "entries", () => Promise.resolve({}));
        assert.notEqual(await own(), await own());
      });
    });
  });
}

/** PostgreSQL tells of a change a moment after it. */
async function heard(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
