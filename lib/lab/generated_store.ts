// Completions that were made here or elsewhere become a set to score, or join one. Server only.

import type { Kysely, Transaction } from "kysely";
import { PermissionError, ValidationError } from "../errors.ts";
import { jsonb, storable } from "../storage/json.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import { completionsSchema } from "./generate/completions.ts";
import type { ItemDraft } from "./schema.ts";
import { addItems, createSet, requireSet } from "./set_store.ts";
import { type By, requireAnyPromptSet, requirePromptSet, requireRubric } from "./store.ts";
import type { JoinableSet, LabModel, LabSet, PromptSet } from "./types.ts";
import type { z } from "zod";

type Completions = z.output<typeof completionsSchema>;

/**
 * @returns the set, with the model in it.
 * @throws {ValidationError} when a prompt is missing, or the set to join is of another kind.
 * @throws {PermissionError} to join another's set.
 */
export function keepCompletions(
  db: Kysely<Database>,
  document: unknown,
  by: By,
): Promise<LabSet> {
  const draft = parseDocument(completionsSchema, document, "completions");
  return db.transaction().execute(async (transaction) => {
    await requirePromptSet(transaction, draft.promptSetId);
    return await keepCompletionsIn(transaction, draft, by);
  });
}

/**
 * The same within a transaction, of prompts too that a moderator has hidden since it was begun: then
 * the set is hidden with them.
 */
export async function keepCompletionsIn(
  transaction: Transaction<Database>,
  document: unknown,
  by: By,
): Promise<LabSet> {
  const draft = parseDocument(completionsSchema, document, "completions") as Completions;
  const prompts = await requireAnyPromptSet(transaction, draft.promptSetId);
  const rubric = await requireRubric(transaction, draft.rubricId);
  const entryId = await entryOf(transaction, draft.fileDigest);
  const model: LabModel = { ...draft.model, entryId };
  const items = itemsOf(draft, prompts, entryId);
  if (draft.into !== null) return await join(transaction, draft.into, { draft, model, items, by });
  const { set } = await createSet(transaction, {
    name: draft.name.trim() || `${model.name} on ${prompts.name}`.slice(0, 80),
    rubricId: rubric.id,
    promptSetId: prompts.id,
    models: [model],
    decoding: draft.decoding,
    source: "generated",
    sourceNote: "",
    items,
  }, { ...by, hidden: prompts.hidden });
  return set;
}

/** Of the board's models, the one whose file that is. */
async function entryOf(db: Kysely<Database>, digest: string | null): Promise<string | null> {
  if (digest === null) return null;
  const row = await db.selectFrom("entry").select("id").where("file_digest", "=", digest)
    .where("status", "<>", "withdrawn").where("visibility", "=", "public").executeTakeFirst();
  return row?.id ?? null;
}

function itemsOf(
  { completions, model }: Completions,
  { prompts }: PromptSet,
  entryId: string | null,
): ItemDraft[] {
  const texts = new Map(completions.map(({ promptId, text }) => [promptId, text]));
  const missing = prompts.filter(({ id }) => !texts.has(id));
  if (missing.length > 0 || texts.size !== prompts.length) {
    throw new ValidationError("The completions are not those of the prompts", {
      path: "completions",
      expected: `one of each of ${prompts.length} prompts`,
      got: missing.length > 0 ? `none of prompt ${missing[0].id}` : `${texts.size} of them`,
      fix: "Complete every prompt of the set once.",
    });
  }
  return prompts.map(({ id, category, text }) => ({
    ...{ model: model.name, entryId, promptId: id, category, prompt: text },
    completion: texts.get(id)!,
  }));
}

async function join(
  transaction: Transaction<Database>,
  setId: string,
  { draft, model, items, by }: {
    draft: Completions;
    model: LabModel;
    items: ItemDraft[];
    by: By;
  },
): Promise<LabSet> {
  // Two models that join at the same time come one after the other.
  await transaction.selectFrom("lab_set").select("id").where("id", "=", storable(setId))
    .forUpdate().executeTakeFirst();
  const set = await assertJoinable(transaction, setId, { ...draft, model: model.name }, by);
  await addItems(transaction, setId, items);
  await transaction.updateTable("lab_set").set({ models: jsonb([...set.models, model]) })
    .where("id", "=", setId).execute();
  return await requireSet(transaction, setId);
}

/**
 * @returns the set, which a model of that name may join.
 * @throws {NotFoundError} when there is none.
 * @throws {ValidationError | PermissionError} when it may not.
 */
export async function assertJoinable(
  db: Kysely<Database>,
  setId: string,
  draft: Pick<Completions, "promptSetId" | "rubricId"> & { model: string },
  by: Pick<By, "accountId">,
): Promise<LabSet> {
  const set = await requireSet(db, setId);
  assertFits(set, draft, by);
  return set;
}

/** The newest of those that models of this account may join; null is a guest. */
export async function joinableSets(
  db: Kysely<Database>,
  { accountId }: Pick<By, "accountId">,
): Promise<JoinableSet[]> {
  const shown = db.selectFrom("lab_prompt_set").select("id").where("hidden", "=", false);
  const rows = await db.selectFrom("lab_set").select(["id", "name", "models", "rubric_id"])
    .select("prompt_set_id")
    .where("source", "=", "generated").where("hidden", "=", false)
    .where("prompt_set_id", "in", shown)
    .where("account_id", accountId === null ? "is" : "=", accountId)
    .orderBy("created_at", "desc").orderBy("id").limit(MOST_JOINABLE).execute();
  return rows.flatMap(({ id, name, models, rubric_id: rubricId, prompt_set_id: promptSetId }) => (
    promptSetId === null
      ? []
      : [{ id, name, rubricId, promptSetId, models: models.map(({ name }) => name) }]
  ));
}

/** Of a list of them. */
const MOST_JOINABLE = 100;

function assertFits(
  set: LabSet,
  draft: Pick<Completions, "promptSetId" | "rubricId"> & { model: string },
  by: Pick<By, "accountId">,
): void {
  if (set.source !== "generated" || set.accountId !== by.accountId) {
    throw new PermissionError("Models join a set of whoever made it", {
      expected: "a generated set of your own",
      got: set.source === "generated" ? "another's" : "an imported one",
      fix: "Make a set of your own from the same prompts.",
    });
  }
  const same = set.promptSetId === draft.promptSetId && set.rubricId === draft.rubricId;
  const isNew = set.models.every(({ name }) => name !== draft.model);
  if (same && isNew) return;
  throw new ValidationError(
    same ? "A model of this name is in the set already" : "The set is of other prompts",
    {
      path: same ? "model.name" : "into",
      expected: same ? "another name" : "a set of the same prompts and rubric",
      got: same ? draft.model : set.name,
      fix: same ? "Name the model otherwise." : "Make a set of its own.",
    },
  );
}
