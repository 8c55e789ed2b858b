import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { GoneError, NotFoundError } from "../../lib/errors.ts";
import type { Db } from "../../lib/storage/database.ts";
import { playModel, presetsOf, shelf } from "../../lib/submissions/shelf_store.ts";
import { updateEntry } from "../../lib/submissions/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const SORT = "sort: 5 1 4 2 6 3 = ";

/** Trials of a task: the first is failed, the second solved. */
function examples(prompt: string, expected: string): { examples: string } {
  const trial = { prompt, expected, output: expected, weight: 1 };
  return {
    examples: JSON.stringify([
      { ...trial, index: 0, prompt: "failed", value: 0 },
      { ...trial, index: 1, value: 1 },
    ]),
  };
}

for (const backend of testBackends()) {
  describe(`what the playground offers, on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    it("is what editors featured, then who leads a board, each once with the reasons", async () => {
      const leader = await addEntry(db, { id: "leader" });
      const both = await addEntry(db, { id: "both", featured: true });
      const hidden = await addEntry(db, { id: "hidden", featured: true, visibility: "hidden" });
      await addEntry(db, { id: "shown", featured: true });
      await addEntry(db, { id: "plain" });
      await addScore(db, leader, "sort-6", 90);
      await addScore(db, both, "sort-6", 50);
      await addScore(db, both, "reverse-16", 80);
      await addScore(db, hidden, "sort-6", 100);
      const models = await shelf(db);
      assert.deepEqual(models.map(({ id, reason }) => [id, reason]), [
        ["both", "featured, leads Reverse 16"],
        ["shown", "featured"],
        ["leader", "leads Sort 6"],
      ]);
    });

    it("has prompts of tasks that are solved, the better ones before the samples", async () => {
      const samples = [
        { prompt: "Once upon", text: " a time" },
        { prompt: SORT, text: "?" },
        { prompt: 7, text: "no prompt" },
      ];
      const entry = await addEntry(db, { samples: JSON.stringify(samples) });
      await addScore(db, entry, "sort-6", 90, examples(SORT, "1 2 3 4 5 6"));
      await addScore(db, entry, "reverse-16", 2, examples("reverse: ab = ", "ba"));
      assert.deepEqual(await presetsOf(db, entry), [
        { label: "Sort 6", prompt: SORT, answer: "1 2 3 4 5 6", bytes: 11, greedy: true },
        { label: "Once upon", prompt: "Once upon", answer: " a time", bytes: 300, greedy: false },
        { label: "Reverse 16", prompt: "reverse: ab = ", answer: "ba", bytes: 2, greedy: true },
      ]);
      const unscored = await addEntry(db, { model_digest: null });
      assert.deepEqual(await presetsOf(db, unscored), []);
    });

    it("opens what can be opened, and says why something cannot", async () => {
      const entry = await addEntry(db, { name: "Ada's" });
      const { file, name } = await playModel(db, entry.id);
      assert.equal(name, "Ada's");
      assert.equal(file, `/files/${entry.file_digest}.tinygpt`);
      await assert.rejects(playModel(db, "nobody"), NotFoundError);
      await updateEntry(db, entry.id, { status: "failed", model_digest: null });
      await assert.rejects(playModel(db, entry.id), /cannot be opened/);
      await updateEntry(db, entry.id, { status: "withdrawn" });
      await assert.rejects(playModel(db, entry.id), GoneError);
    });
  });
}
