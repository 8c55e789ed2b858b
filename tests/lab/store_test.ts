import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { GoneError, ValidationError } from "../../lib/errors.ts";
import { loadAnalysis } from "../../lib/lab/analysis_page.ts";
import {
  addScores,
  createRater,
  type KeptEvent,
  raterByToken,
  ratersOf,
  scoresOf,
  tokenDigest,
} from "../../lib/lab/score_store.ts";
import { addItems, createSet, itemsOf, requireSet } from "../../lib/lab/set_store.ts";
import {
  listRubrics,
  requirePromptSet,
  rubricVersions,
  saveJudgeTemplate,
  savePromptSet,
  saveRubric,
} from "../../lib/lab/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

const at = new Date("2026-11-28T00:00:00Z");
const by = { accountId: null, at };
const rubric = {
  slug: "two-questions",
  name: "Two questions",
  levels: [0, 1],
  criteria: [
    { id: "kind", category: "Manners", code: "A", text: "Everybody is kind" },
    { id: "brave", category: "Deeds", code: "A", text: "Somebody is brave" },
  ],
  source: "",
};
const item = { model: "m", entryId: null, promptId: "1", category: "Deeds", prompt: "Once" };

for (const backend of testBackends()) {
  describe(`the lab's tables (${backend.name})`, () => {
    let storage: TestDatabase;
    beforeAll(async () => void (storage = await backend.open()));
    afterAll(async () => {
      await storage.close();
      await backend.close();
    });

    async function freshSet(completions: string[]) {
      const { id: rubricId } = await saveRubric(storage.db, rubric, by);
      return await storage.db.transaction().execute((transaction) =>
        createSet(transaction, {
          name: "A set",
          rubricId,
          promptSetId: null,
          models: [{ name: "m", parameters: 1_000, entryId: null }],
          decoding: null,
          source: "imported",
          sourceNote: "",
          items: completions.map((completion) => ({ ...item, completion })),
        }, by)
      );
    }

    it("keep an edited rubric as the next version, and the same one once", async () => {
      const first = await saveRubric(storage.db, rubric, by);
      const again = await saveRubric(storage.db, rubric, by);
      assert.equal(again.id, first.id);
      const edited = { ...rubric, levels: [0, 0.5, 1] };
      const second = await saveRubric(storage.db, edited, by);
      assert.equal(second.version, first.version + 1);
      assert.deepEqual(second.criteria, rubric.criteria);
      const versions = await rubricVersions(storage.db, rubric.slug);
      assert.deepEqual(versions.map(({ id }) => id), [second.id, first.id]);
      assert.deepEqual((await listRubrics(storage.db)).map(({ id }) => id), [second.id]);
    });

    it("refuse a rubric that asks under one id twice", async () => {
      const twice = { ...rubric, criteria: [rubric.criteria[0], rubric.criteria[0]] };
      await assert.rejects(saveRubric(storage.db, twice, by), ValidationError);
    });

    it("keep the same prompts, and the same template, once", async () => {
      const draft = {
        name: "P",
        prompts: [{ id: "1", category: "Deeds", text: "Once\nupon" }],
        source: "",
      };
      const first = await savePromptSet(storage.db, draft, by);
      const again = await savePromptSet(storage.db, { ...draft, name: "Other" }, by);
      assert.equal(again.id, first.id);
      assert.deepEqual((await requirePromptSet(storage.db, first.id)).prompts, draft.prompts);
      const template = { slug: "t", name: "T", text: "Judge {completion}", source: "" };
      const kept = await saveJudgeTemplate(storage.db, template, by);
      assert.equal((await saveJudgeTemplate(storage.db, template, by)).id, kept.id);
      const next = await saveJudgeTemplate(storage.db, { ...template, text: "Other" }, by);
      assert.equal(next.version, 2);
    });

    it("keep what a model said but for what no text can hold", async () => {
      const { set } = await freshSet(["a\0b", "“tab\t”\nline \ud800"]);
      await storage.db.transaction().execute((transaction) =>
        addItems(transaction, set.id, [{ ...item, completion: "" }])
      );
      const items = await itemsOf(storage.db, set.id);
      assert.deepEqual(items.map(({ completion, position }) => [position, completion]), [
        [1, "a\ufffdb"],
        [2, "“tab\t”\nline \ufffd"],
        [3, ""],
      ]);
      assert.deepEqual(await requireSet(storage.db, set.id), set);
    });

    it("count the last score of each, take one back, and take an event in once", async () => {
      const { set, items: [one, other] } = await freshSet(["x", "y"]);
      const digest = await tokenDigest("secret");
      const rater = await createRater(storage.db, {
        kind: "human",
        name: "R",
        seed: 2 ** 40,
        tokenDigest: digest,
        at,
      });
      const event = (itemId: string, value: number | null, key: string, round = 0): KeptEvent => ({
        itemId,
        criterion: "brave",
        raterId: rater.id,
        round,
        value,
        note: null,
        judgeShown: false,
        key,
        at,
      });
      const events = [
        event(one.id, 0, "a"),
        event(one.id, 1, "b"),
        event(one.id, 0, "c", 1),
        event(other.id, 1, "d"),
        event(other.id, null, "e"),
      ];
      assert.equal(await addScores(storage.db, set.id, events), 5);
      assert.equal(await addScores(storage.db, set.id, events), 0);
      const cells = await scoresOf(storage.db, set.id, { raterId: rater.id });
      assert.deepEqual(cells.map(({ round, value }) => [round, value]), [[0, 1], [1, 0]]);
      assert.deepEqual(await ratersOf(storage.db, set.id), [rater]);
      assert.equal((await raterByToken(storage.db, "secret"))?.seed, 2 ** 40);
    });

    it("analyse a set once for all who ask, and again after any change of it", async () => {
      const { set, items } = await freshSet(["x", "y"]);
      const [one, other] = await Promise.all(
        ["Ada", "Ben"].map((name, seed) =>
          createRater(storage.db, { kind: "human", name, seed, at })
        ),
      );
      const score = (raterId: string, itemId: string, value: number): KeptEvent => ({
        ...{ itemId, criterion: "brave", raterId, round: 0, value },
        ...{ note: null, judgeShown: false, at },
      });
      const load = () => loadAnalysis(storage.db, set.id, {});
      await addScores(storage.db, set.id, [score(one.id, items[0].id, 1)]);
      const [first, second] = await Promise.all([load(), load()]);
      assert.equal(first, second);
      assert.equal(await load(), first);
      assert.equal(await loadAnalysis(storage.db, set.id, { a: one.id }), first);
      await addScores(storage.db, set.id, [score(other.id, items[0].id, 0)]);
      const compared = await load();
      assert.deepEqual(compared.agreements.map(({ pairs }) => pairs), [1]);
      await storage.db.updateTable("lab_rater").set({ name: "Anonymous" }).where("id", "=", one.id)
        .execute();
      const names = (await load()).raters.map(({ name }) => name);
      assert.deepEqual(names.toSorted(), ["Anonymous", "Ben"]);
      await storage.db.updateTable("lab_set").set({ hidden: true }).where("id", "=", set.id)
        .execute();
      await assert.rejects(load(), GoneError);
    });
  });
}
