import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Db } from "../../lib/storage/database.ts";
import { familyOf } from "../../lib/submissions/family.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

for (const backend of testBackends()) {
  describe(`the family of a model on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const add = (id: string, overrides: Parameters<typeof addEntry>[1] = {}) =>
      addEntry(db, { id, name: id, ...overrides });
    async function family(id: string) {
      const { ancestors, versions, forks } = await familyOf(db, { id });
      const ids = (relatives: { id: string }[]) => relatives.map((relative) => relative.id);
      return { ancestors: ids(ancestors), versions: ids(versions), forks: ids(forks) };
    }

    it("is the model alone where nothing is said", async () => {
      await add("alone");
      await add("other");
      assert.deepEqual(await family("alone"), { ancestors: [], versions: ["alone"], forks: [] });
    });

    it("goes back to the oldest, and one step on", async () => {
      await add("first");
      await add("second", { fork_of: "first" });
      await add("third", { fork_of: "second" });
      await add("fourth", { fork_of: "third" });
      assert.deepEqual(await family("third"), {
        ancestors: ["first", "second"],
        versions: ["third"],
        forks: ["fourth"],
      });
      assert.deepEqual((await family("first")).forks, ["second"]);
    });

    it("holds all versions, whether each names the one before it or the first", async () => {
      await add("v1");
      await add("v2", { revision_of: "v1" });
      await add("v3", { revision_of: "v2" });
      await add("v4", { revision_of: "v1" });
      for (const id of ["v1", "v2", "v3", "v4"]) {
        assert.deepEqual(await family(id), {
          ancestors: [],
          versions: ["v4", "v3", "v2", "v1"],
          forks: [],
        });
      }
    });

    it("has the ancestors of a first version and the forks of every one", async () => {
      await add("origin");
      await add("v1", { fork_of: "origin" });
      await add("v2", { revision_of: "v1" });
      await add("of the first", { fork_of: "v1" });
      await add("of the second", { fork_of: "v2" });
      assert.deepEqual(await family("v2"), {
        ancestors: ["origin"],
        versions: ["v2", "v1"],
        forks: ["of the second", "of the first"],
      });
    });

    it("keeps the withdrawn in their place and leaves the failed out", async () => {
      await add("gone", { status: "withdrawn" });
      await add("model", { fork_of: "gone" });
      await add("failed fork", { fork_of: "model", status: "failed" });
      await add("failed version", { revision_of: "model", status: "failed" });
      assert.deepEqual(await family("model"), {
        ancestors: ["gone"],
        versions: ["model"],
        forks: [],
      });
      assert.deepEqual((await family("failed version")).versions, ["failed version", "model"]);
    });

    it("ends, although a line should lead back to itself", async () => {
      await add("a");
      await add("b", { fork_of: "a", revision_of: "a" });
      await db.updateTable("entry").set({ fork_of: "b", revision_of: "b" }).where("id", "=", "a")
        .execute();
      const { versions, forks } = await family("a");
      assert.deepEqual(versions, ["b", "a"]);
      assert.deepEqual(forks, []);
    });
  });
}
