// What the pages of prompt sets show: each set in a list, and what was generated over it.

import { type Kysely, sql } from "kysely";
import type { PromptAct } from "../moderation/acts.ts";
import { type DecisionRow, decisionsOfPrompts } from "../moderation/store.ts";
import type { Database } from "../storage/schema.ts";
import type { PromptSet } from "./types.ts";

/** A prompt set in a list. */
export interface ListedPromptSet extends Omit<PromptSet, "prompts" | "hidden"> {
  prompts: number;
  /** Sets of completions to them that readers may see. */
  sets: number;
}

/** Those that readers may see, newest first. */
export async function promptSetsWithUse(db: Kysely<Database>): Promise<ListedPromptSet[]> {
  const rows = await db.selectFrom("lab_prompt_set")
    .select(["id", "name", "source", "licence", "created_at as createdAt"])
    .select((eb) => [
      sql<number>`jsonb_array_length(prompts)`.as("prompts"),
      eb.selectFrom("lab_set").whereRef("lab_set.prompt_set_id", "=", "lab_prompt_set.id")
        .where("lab_set.hidden", "=", false)
        .select((of) => of.fn.countAll<number>().as("count")).as("sets"),
    ])
    .where("hidden", "=", false)
    .orderBy("created_at", "desc").orderBy("id").execute();
  return rows.map((row) => ({ ...row, sets: Number(row.sets ?? 0) }));
}

/** A set of completions to some prompts, in a list. */
export interface SetOfPrompts {
  id: string;
  name: string;
  models: string[];
  /** By which it is scored. */
  rubric: string;
}

/** Those that readers may see, newest first. */
export async function setsOfPrompts(
  db: Kysely<Database>,
  promptSetId: string,
): Promise<SetOfPrompts[]> {
  const rows = await db.selectFrom("lab_set")
    .innerJoin("lab_rubric", "lab_rubric.id", "lab_set.rubric_id")
    .select(["lab_set.id", "lab_set.name", "models", "lab_rubric.name as rubric", "version"])
    .where("prompt_set_id", "=", promptSetId).where("hidden", "=", false)
    .orderBy("lab_set.created_at", "desc").orderBy("lab_set.id").limit(200).execute();
  return rows.map(({ models, rubric, version, ...row }) => ({
    ...row,
    models: models.map(({ name }) => name),
    rubric: `${rubric}, version ${version}`,
  }));
}

/** For a link to it; null where a moderator has hidden it. Prompt sets are never removed. */
export async function promptSetName(
  db: Kysely<Database>,
  id: string,
): Promise<{ id: string; name: string } | null> {
  return await db.selectFrom("lab_prompt_set").select(["id", "name"]).where("id", "=", id)
    .where("hidden", "=", false).executeTakeFirst() ?? null;
}

/** What moderators decided on a set of prompts. */
export interface PromptModeration {
  /** Newest first. */
  decisions: DecisionRow[];
  /** The act a moderator has here; null for readers. */
  act: PromptAct | null;
}

export async function promptModeration(
  db: Kysely<Database>,
  { id, hidden }: PromptSet,
  { moderator }: { moderator: boolean },
): Promise<PromptModeration> {
  const act = hidden ? "show-prompts" : "hide-prompts";
  return { decisions: await decisionsOfPrompts(db, id), act: moderator ? act : null };
}
