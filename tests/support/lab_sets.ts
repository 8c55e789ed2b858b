// Sets of the lab to be scored, made without files.

import { createSet } from "../../lib/lab/set_store.ts";
import { saveRubric } from "../../lib/lab/store.ts";
import type { LabItem, LabSet, Rubric } from "../../lib/lab/types.ts";
import { sql } from "kysely";
import type { Services } from "../../lib/services.ts";

export const AT = new Date("2026-11-28T12:00:00Z");

const CRITERIA = [
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
  { reasoning = 2, plot = 2, name = "Two models", id }: {
    reasoning?: number;
    plot?: number;
    name?: string;
    /** Of the set; a random one when not given. */
    id?: string;
  } = {},
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
  return { ...id ? await renamed(db, made, id) : made, rubric };
}

async function renamed(
  db: Services["db"],
  { set, items }: { set: LabSet; items: LabItem[] },
  id: string,
): Promise<{ set: LabSet; items: LabItem[] }> {
  await sql`insert into lab_set (id, name, rubric_id, models, source, source_note, created_at)
    select ${id}, name, rubric_id, models, source, source_note, created_at
    from lab_set where id = ${set.id}`.execute(db);
  await db.updateTable("lab_item").set({ set_id: id }).where("set_id", "=", set.id).execute();
  await db.deleteFrom("lab_set").where("id", "=", set.id).execute();
  return { set: { ...set, id }, items: items.map((item) => ({ ...item, setId: id })) };
}
