// Sets of the lab to be scored, made without files.

import { createSet } from "../../lib/lab/set_store.ts";
import { saveRubric } from "../../lib/lab/store.ts";
import type { LabItem, LabSet, Rubric } from "../../lib/lab/types.ts";
import type { Services } from "../../lib/services.ts";

export const AT = new Date("2026-11-28T12:00:00Z");

export const CRITERIA = [
  { id: "reasoning-a", category: "Reasoning", code: "A", text: "It is logical" },
  { id: "plot-a", category: "Plot", code: "A", text: "It begins and ends" },
  { id: "plot-b", category: "Plot", code: "B", text: "It keeps to its theme" },
];

export interface TestSet {
  set: LabSet;
  items: LabItem[];
  rubric: Rubric;
}

/** Completions of two models: `reasoning` of one question each, `plot` of two. */
export async function addLabSet(
  { db }: Pick<Services, "db">,
  { reasoning = 2, plot = 2, name = "Two models" } = {},
): Promise<TestSet> {
  const by = { accountId: null, at: AT };
  const rubric = await saveRubric(db, {
    slug: "small",
    name: "Small",
    levels: [0, 0.5, 1],
    criteria: CRITERIA,
    source: "",
  }, by);
  const item = (category: string) => (_: unknown, i: number) => ({
    model: i % 2 === 0 ? "secret-one" : "secret-two",
    entryId: null,
    promptId: String(i + 1),
    category,
    prompt: `${category} ${i + 1}: once upon a time`,
    completion: ` there was a story ${i + 1}.\n\nIt ended.`,
  });
  const made = await db.transaction().execute((transaction) =>
    createSet(transaction, {
      name,
      rubricId: rubric.id,
      promptSetId: null,
      models: ["secret-one", "secret-two"].map((model) => ({
        name: model,
        parameters: 1000,
        entryId: null,
      })),
      decoding: null,
      source: "imported",
      sourceNote: "",
      items: [
        ...Array.from({ length: reasoning }, item("Reasoning")),
        ...Array.from({ length: plot }, item("Plot")),
      ],
    }, by)
  );
  return { ...made, rubric };
}
