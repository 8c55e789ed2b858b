// Sets and their items as queries.

import type { Kysely, Transaction } from "kysely";
import { GoneError, NotFoundError } from "../errors.ts";
import { promptsHiddenBy, setHiddenBy } from "../moderation/store.ts";
import { randomId } from "../storage/ids.ts";
import { jsonb, storable } from "../storage/json.ts";
import type { LabItemRow, LabSetRow } from "../storage/lab_schema.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import { type ItemDraft, type SetDraft, setSchema } from "./schema.ts";
import type { By } from "./store.ts";
import type { LabItem, LabSet } from "./types.ts";

/** Rows of one statement: their values must stay below PostgreSQL's 65,535 parameters. */
const BATCH_ROWS = 1_000;

function setOf(row: LabSetRow): LabSet {
  const { id, name, models, decoding, source, hidden } = row;
  return {
    id,
    name,
    models,
    decoding,
    source,
    hidden,
    rubricId: row.rubric_id,
    promptSetId: row.prompt_set_id,
    sourceNote: row.source_note,
    accountId: row.account_id,
    createdAt: row.created_at,
  };
}

function itemOf(row: LabItemRow): LabItem {
  const { id, model, category, prompt, completion, position } = row;
  return {
    id,
    model,
    category,
    prompt,
    completion,
    position,
    setId: row.set_id,
    entryId: row.entry_id,
    promptId: row.prompt_id,
  };
}

/**
 * Keeps a set with its items, all or nothing.
 *
 * @param importDigest of the files it was read from, or null: see `setByImport`.
 * @returns the set and its items in the order of the draft.
 * @throws {ValidationError} when it is no set.
 */
export async function createSet(
  db: Transaction<Database>,
  draft: SetDraft,
  { accountId, at, importDigest = null, hidden = false, id = randomId() }: By & {
    importDigest?: string | null;
    hidden?: boolean;
    /** Random unless given. */
    id?: string;
  },
): Promise<{ set: LabSet; items: LabItem[] }> {
  const { items, ...set } = parseDocument(setSchema, draft, "set");
  const row = await db.insertInto("lab_set").values({
    id,
    name: set.name,
    rubric_id: set.rubricId,
    prompt_set_id: set.promptSetId,
    models: jsonb(set.models),
    decoding: set.decoding && jsonb(set.decoding),
    source: set.source,
    source_note: set.sourceNote,
    import_digest: importDigest,
    account_id: accountId,
    hidden,
    created_at: at,
  }).returningAll().executeTakeFirstOrThrow();
  return { set: setOf(row), items: await addItems(db, row.id, items) };
}

/** Adds items after those there are: a set that is being generated grows. */
export async function addItems(
  db: Transaction<Database>,
  setId: string,
  drafts: readonly ItemDraft[],
): Promise<LabItem[]> {
  const { last } = await db.selectFrom("lab_item").where("set_id", "=", setId)
    .select((eb) => eb.fn.coalesce(eb.fn.max("position"), eb.lit(0)).as("last"))
    .executeTakeFirstOrThrow();
  const rows = drafts.map((item, at): LabItemRow => ({
    id: randomId(),
    set_id: setId,
    model: item.model,
    entry_id: item.entryId,
    prompt_id: item.promptId,
    category: item.category,
    prompt: storable(item.prompt),
    completion: storable(item.completion),
    position: last + at + 1,
  }));
  for (let at = 0; at < rows.length; at += BATCH_ROWS) {
    await db.insertInto("lab_item").values(rows.slice(at, at + BATCH_ROWS)).execute();
  }
  return rows.map(itemOf);
}

/**
 * @throws {NotFoundError} when there is none.
 * @throws {GoneError} with the public reason, when a moderator has hidden it.
 */
export async function requireSet(db: Kysely<Database>, id: string): Promise<LabSet> {
  const set = await requireAnySet(db, id);
  if (!set.hidden) return set;
  // A set that came of hidden prompts was hidden with them.
  const decision = await setHiddenBy(db, set.id) ??
    (set.promptSetId === null ? null : await promptsHiddenBy(db, set.promptSetId));
  throw new GoneError("This set was hidden by a moderator", {
    got: decision?.reason,
    fix: `The decision is public: /moderation/decisions${decision ? `#${decision.id}` : ""}`,
  });
}

/** Hidden ones too, for moderators. @throws {NotFoundError} */
export async function requireAnySet(db: Kysely<Database>, id: string): Promise<LabSet> {
  const row = await db.selectFrom("lab_set").selectAll().where("id", "=", storable(id))
    .executeTakeFirst();
  if (row) return setOf(row);
  throw new NotFoundError(`There is no set ${id}`, { fix: "See /lab for those we have." });
}

/** The set that was read from these files before, if any. */
export async function setByImport(
  db: Kysely<Database>,
  importDigest: string,
): Promise<LabSet | null> {
  const row = await db.selectFrom("lab_set").selectAll()
    .where("import_digest", "=", importDigest).executeTakeFirst();
  return row ? setOf(row) : null;
}

/** A set in a list, with how many completions it has. */
export interface ListedSet extends LabSet {
  items: number;
}

/** Newest first. */
export async function listSets(db: Kysely<Database>, limit = 200): Promise<ListedSet[]> {
  const rows = await db.selectFrom("lab_set").selectAll()
    .select((eb) =>
      eb.selectFrom("lab_item").whereRef("lab_item.set_id", "=", "lab_set.id")
        .select((of) => of.fn.countAll<number>().as("count")).as("items")
    )
    .where("hidden", "=", false)
    .orderBy("created_at", "desc").orderBy("id").limit(limit).execute();
  return rows.map((row) => ({ ...setOf(row), items: Number(row.items ?? 0) }));
}

/** In their order. */
export async function itemsOf(db: Kysely<Database>, setId: string): Promise<LabItem[]> {
  const rows = await db.selectFrom("lab_item").selectAll().where("set_id", "=", setId)
    .orderBy("position").execute();
  return rows.map(itemOf);
}

/** Sets with completions of a model of the board, newest first. */
export async function setsOfEntry(db: Kysely<Database>, entryId: string): Promise<LabSet[]> {
  const rows = await db.selectFrom("lab_set").selectAll()
    .where("hidden", "=", false)
    .where((eb) =>
      eb.exists(
        eb.selectFrom("lab_item").whereRef("lab_item.set_id", "=", "lab_set.id")
          .where("lab_item.entry_id", "=", entryId).select("lab_item.id"),
      )
    )
    .orderBy("created_at", "desc").orderBy("id").execute();
  return rows.map(setOf);
}
