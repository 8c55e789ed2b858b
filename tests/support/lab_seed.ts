// A small set of the lab: two models of the seeded board, two people, a judge, repeats, a review.

import { addReviews, addScores, createRater, type KeptEvent } from "../../lib/lab/score_store.ts";
import { createSet } from "../../lib/lab/set_store.ts";
import { savePromptSet, saveRubric } from "../../lib/lab/store.ts";
import type { Rater } from "../../lib/lab/types.ts";
import type { Services } from "../../lib/services.ts";

/** Of the set. */
export const LAB_SET = "smallset";
export const LAB_RUBRIC = "small-rubric";
export const LAB_PROMPTS = "three-prompts";
export const LAB_ORDER = "small-order";
export const LAB_RATERS = { anna: "rater-anna", ben: "rater-ben", judge: "rater-judge" };

const RUBRIC = {
  slug: LAB_RUBRIC,
  name: "Small rubric",
  levels: [0, 0.5, 1],
  criteria: [
    { id: "Plot_A", category: "Plot", code: "A", text: "Something happens" },
    { id: "Plot_B", category: "Plot", code: "B", text: "It comes to an end" },
    { id: "Grammar_A", category: "Grammar", code: "A", text: "Tenses stay" },
  ],
  source: "written for the tests",
};

const PROMPTS = [
  { id: "1", category: "Plot", text: "Once upon a time there was a <b>fox</b>" },
  { id: "2", category: "Plot", text: "Lily had a red ball. She" },
  { id: "3", category: "Grammar", text: "Yesterday, Tom" },
];

const MODELS = [
  { name: "Story teller", parameters: 844_032, entryId: "stories" },
  { name: "Pocket Shakespeare", parameters: 612_096, entryId: "bard" },
];

export async function seedLab({ db }: Pick<Services, "db">, at: Date): Promise<void> {
  const by = { accountId: null, at };
  // The first version asks less.
  await saveRubric(db, { ...RUBRIC, criteria: RUBRIC.criteria.slice(0, 2) }, by);
  const rubric = await saveRubric(db, RUBRIC, by);
  const prompts = await savePromptSet(
    db,
    { name: "Three prompts", prompts: PROMPTS, source: "" },
    { ...by, id: LAB_PROMPTS },
  );
  const { items } = await db.transaction().execute((transaction) =>
    createSet(transaction, {
      name: "Two small models",
      rubricId: rubric.id,
      promptSetId: prompts.id,
      models: MODELS,
      decoding: { beams: 5, sample: false, minLength: 10, maxLength: 200, unit: "tokens" },
      source: "generated",
      sourceNote: "",
      items: MODELS.flatMap(({ name, entryId }) =>
        PROMPTS.map(({ id, category, text }) => ({
          model: name,
          entryId,
          promptId: id,
          category,
          prompt: text,
          completion: " went to the park.\n\nThe end. <|endoftext|>",
        }))
      ),
    }, { ...by, id: LAB_SET })
  );
  const raters = await addRaters({ db }, rubric.id, at);
  const asked = items.flatMap((item) =>
    rubric.criteria.filter(({ category }) => category === item.category)
      .map(({ id }) => ({ itemId: item.id, criterion: id }))
  );
  const events = raters.flatMap((rater, place) =>
    asked.map((cell, n): KeptEvent => ({
      ...cell,
      raterId: rater.id,
      round: 0,
      value: [0, 0.5, 1][(n + (n % 3 === 0 ? place : 0)) % 3],
      note: rater.kind === "judge" ? "It says why." : null,
      judgeShown: false,
      at,
    }))
  );
  const repeats = events.slice(0, 4).map((event) => ({ ...event, round: 1, value: 1 }));
  await addScores(db, LAB_SET, [...events, ...repeats]);
  await addReviews(db, LAB_SET, [{
    ...asked[0],
    raterId: LAB_RATERS.judge,
    reviewerId: LAB_RATERS.anna,
    blindValue: 0,
    agree: false,
    comment: "Nothing happens.",
    at,
  }]);
}

/** A set that "stories" is to generate for an account; it waits. */
export async function seedOrder(
  { db, queue, now }: Pick<Services, "db" | "queue" | "now">,
  accountId: string,
): Promise<void> {
  const { id: rubric } = await db.selectFrom("lab_rubric").select("id")
    .where("slug", "=", LAB_RUBRIC).orderBy("version", "desc").limit(1).executeTakeFirstOrThrow();
  const work = 1e12;
  await db.insertInto("lab_order").values({
    ...{ id: LAB_ORDER, entry_id: "stories", prompt_set_id: LAB_PROMPTS, rubric_id: rubric },
    ...{ into_set: LAB_SET, name: "", model: "Story teller again", work, account_id: accountId },
    search: JSON.stringify({ beams: 5, minTokens: 32, maxTokens: 256, endToken: null }),
    ...{ set_id: null, created_at: now() },
  }).execute();
  await db.transaction().execute((trx) =>
    queue.enqueueGenerate(trx, { id: LAB_ORDER, entryId: "stories", work })
  );
}

async function addRaters(
  { db }: Pick<Services, "db">,
  rubricId: string,
  at: Date,
): Promise<Rater[]> {
  const judge = {
    templateId: null,
    templateVersion: null,
    provider: "openai",
    model: "small-judge",
    rubricId,
  };
  return [
    await createRater(db, { id: LAB_RATERS.anna, kind: "human", name: "Anna", seed: 1, at }),
    await createRater(db, { id: LAB_RATERS.ben, kind: "human", name: "Ben", seed: 2, at }),
    await createRater(db, {
      id: LAB_RATERS.judge,
      kind: "judge",
      name: "Small judge",
      seed: 0,
      judge,
      at,
    }),
  ];
}
