// Rubrics, prompt sets and judges' templates as queries: none of them is ever changed.

import type { Kysely } from "kysely";
import { GoneError, NotFoundError, PermissionError } from "../errors.ts";
import { promptsHiddenBy } from "../moderation/store.ts";
import { randomId } from "../storage/ids.ts";
import { jsonb, storable } from "../storage/json.ts";
import type { LabRubricRow } from "../storage/lab_schema.ts";
import type { Database } from "../storage/schema.ts";
import { canonicalDigest } from "../verification/canonical.ts";
import { parseDocument } from "../verification/schema.ts";
import {
  type JudgeTemplateDraft,
  judgeTemplateSchema,
  type PromptSetDraft,
  promptSetSchema,
  type RubricDraft,
  rubricSchema,
} from "./schema.ts";
import type { JudgeTemplate, PromptSet, Rubric } from "./types.ts";

/** Who keeps something: null is the board itself, or a guest. */
export interface By {
  accountId: string | null;
  at: Date;
}

function rubricOf({ account_id: _, created_at: createdAt, ...row }: LabRubricRow): Rubric {
  return { ...row, createdAt };
}

/**
 * Keeps a rubric as the next version of its slug; the version that is the same, where there is one.
 * @throws {ValidationError} when it is no rubric.
 * @throws {PermissionError} when the slug is of a rubric of somebody else.
 */
export async function saveRubric(
  db: Kysely<Database>,
  draft: RubricDraft,
  { accountId, at }: By,
): Promise<Rubric> {
  const { slug, name, levels, criteria, source } = parseDocument(rubricSchema, draft, "rubric");
  const wanted = await canonicalDigest({ name, levels, criteria });
  return await db.transaction().execute(async (transaction) => {
    const versions = await transaction.selectFrom("lab_rubric").selectAll()
      .where("slug", "=", slug).orderBy("version", "desc").forUpdate().execute();
    for (const version of versions) {
      if (wanted === await canonicalDigest(asDraft(version))) return rubricOf(version);
    }
    const [newest] = versions;
    if (newest && newest.account_id !== accountId) throw notYours(newest);
    const row = await transaction.insertInto("lab_rubric").values({
      id: randomId(),
      slug,
      version: (newest?.version ?? 0) + 1,
      name,
      levels: jsonb(levels),
      criteria: jsonb(criteria),
      source,
      account_id: accountId,
      created_at: at,
    }).returningAll().executeTakeFirstOrThrow();
    return rubricOf(row);
  });
}

function notYours({ slug, name }: LabRubricRow): PermissionError {
  return new PermissionError(`The rubric ${name} is somebody else's`, {
    expected: "a slug of your own",
    got: slug,
    fix: "Give it another slug: it becomes a rubric of yours.",
  });
}

/** `slug`, or with a number after it the first that is free or this account's. */
export async function ownSlug(
  db: Kysely<Database>,
  slug: string,
  accountId: string | null,
): Promise<string> {
  for (let n = 1;; n++) {
    const wanted = n === 1 ? slug : `${slug.slice(0, 56)}-${n}`;
    const newest = await db.selectFrom("lab_rubric").select("account_id")
      .where("slug", "=", wanted).orderBy("version", "desc").limit(1).executeTakeFirst();
    if (!newest || newest.account_id === accountId) return wanted;
  }
}

function asDraft({ name, levels, criteria }: LabRubricRow) {
  return { name, levels, criteria };
}

/** @throws {NotFoundError} when there is none. */
export async function requireRubric(db: Kysely<Database>, id: string): Promise<Rubric> {
  const row = await db.selectFrom("lab_rubric").selectAll().where("id", "=", storable(id))
    .executeTakeFirst();
  if (row) return rubricOf(row);
  throw new NotFoundError(`There is no rubric ${id}`, {
    fix: "See /lab for those we have.",
  });
}

/** Those of the ids that there are. */
export async function rubricsOf(db: Kysely<Database>, ids: readonly string[]): Promise<Rubric[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom("lab_rubric").selectAll().where("id", "in", [...new Set(ids)])
    .execute();
  return rows.map(rubricOf);
}

/** Versions of a rubric, newest first. */
export async function rubricVersions(db: Kysely<Database>, slug: string): Promise<Rubric[]> {
  const rows = await db.selectFrom("lab_rubric").selectAll().where("slug", "=", storable(slug))
    .orderBy("version", "desc").execute();
  return rows.map(rubricOf);
}

/** As above. @throws {NotFoundError} when there is none. */
export async function requireRubricVersions(
  db: Kysely<Database>,
  slug: string,
): Promise<Rubric[]> {
  const versions = await rubricVersions(db, slug);
  if (versions.length > 0) return versions;
  throw new NotFoundError(`There is no rubric ${slug.slice(0, 60)}`, {
    fix: "See /lab for those we have.",
  });
}

/** The newest version of each, by name. */
export async function listRubrics(db: Kysely<Database>): Promise<Rubric[]> {
  const rows = await db.selectFrom("lab_rubric").selectAll().distinctOn("slug")
    .orderBy("slug").orderBy("version", "desc").execute();
  return rows.map(rubricOf).sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * The same prompts are kept once.
 * @throws {ValidationError} when they are no prompt set.
 */
export async function savePromptSet(
  db: Kysely<Database>,
  draft: PromptSetDraft,
  { accountId, at, id = randomId() }: By & {
    /** Random unless given. */
    id?: string;
  },
): Promise<PromptSet> {
  const { name, prompts, source, licence } = parseDocument(promptSetSchema, draft, "prompts");
  const digest = await canonicalDigest(prompts);
  await db.insertInto("lab_prompt_set").values({
    id,
    name,
    prompts: jsonb(prompts),
    source,
    licence,
    digest,
    account_id: accountId,
    created_at: at,
  }).onConflict((conflict) => conflict.column("digest").doNothing()).execute();
  return promptSetOf(
    await promptSets(db).where("digest", "=", digest).executeTakeFirstOrThrow(),
  );
}

function promptSets(db: Kysely<Database>) {
  return db.selectFrom("lab_prompt_set")
    .select(["id", "name", "prompts", "source", "licence", "hidden", "created_at"]);
}

function promptSetOf({ created_at: createdAt, ...row }: Omit<PromptSet, "createdAt"> & {
  created_at: Date;
}): PromptSet {
  return { ...row, createdAt };
}

/**
 * @throws {NotFoundError} when there is none.
 * @throws {GoneError} with the public reason, when a moderator has hidden it.
 */
export async function requirePromptSet(db: Kysely<Database>, id: string): Promise<PromptSet> {
  const prompts = await requireAnyPromptSet(db, id);
  await mustBeShown(db, prompts);
  return prompts;
}

/** @throws {GoneError} with the public reason, when a moderator has hidden these prompts. */
export async function mustBeShown(db: Kysely<Database>, { id, hidden }: PromptSet): Promise<void> {
  if (!hidden) return;
  const decision = await promptsHiddenBy(db, id);
  throw new GoneError("These prompts were hidden by a moderator", {
    got: decision?.reason,
    fix: `The decision is public: /moderation/decisions${decision ? `#${decision.id}` : ""}`,
  });
}

/** Hidden ones too: for moderators, and for what was begun before. @throws {NotFoundError} */
export async function requireAnyPromptSet(db: Kysely<Database>, id: string): Promise<PromptSet> {
  const row = await promptSets(db).where("id", "=", storable(id)).executeTakeFirst();
  if (row) return promptSetOf(row);
  throw new NotFoundError(`There is no prompt set ${id}`, {
    fix: "See /lab/prompt-sets for those we have.",
  });
}

/** Those that readers may see, newest first. */
export async function listPromptSets(db: Kysely<Database>): Promise<PromptSet[]> {
  const rows = await promptSets(db).where("hidden", "=", false).orderBy("created_at", "desc")
    .orderBy("id").execute();
  return rows.map(promptSetOf);
}

/**
 * Keeps a template as the next version of its slug; the newest version itself where the text is
 * the same.
 * @throws {ValidationError} when it is no template.
 */
export async function saveJudgeTemplate(
  db: Kysely<Database>,
  draft: JudgeTemplateDraft,
  { accountId, at }: By,
): Promise<JudgeTemplate> {
  const parsed = parseDocument(judgeTemplateSchema, draft, "template");
  const text = storable(parsed.text);
  return await db.transaction().execute(async (transaction) => {
    const newest = await templates(transaction).where("slug", "=", parsed.slug)
      .orderBy("version", "desc").limit(1).forUpdate().executeTakeFirst();
    if (newest?.text === text) return newest;
    return await transaction.insertInto("lab_judge_template").values({
      ...parsed,
      text,
      id: randomId(),
      version: (newest?.version ?? 0) + 1,
      account_id: accountId,
      created_at: at,
    }).returning(["id", "slug", "version", "name", "text", "source", "created_at as createdAt"])
      .executeTakeFirstOrThrow();
  });
}

function templates(db: Kysely<Database>) {
  return db.selectFrom("lab_judge_template")
    .select(["id", "slug", "version", "name", "text", "source", "created_at as createdAt"]);
}

/** @throws {NotFoundError} when there is none. */
export async function requireJudgeTemplate(
  db: Kysely<Database>,
  id: string,
): Promise<JudgeTemplate> {
  const row = await templates(db).where("id", "=", storable(id)).executeTakeFirst();
  if (row) return row;
  throw new NotFoundError(`There is no judge's template ${id}`);
}

/** All versions, newest first. */
export function listJudgeTemplates(db: Kysely<Database>): Promise<JudgeTemplate[]> {
  return templates(db).orderBy("slug").orderBy("version", "desc").execute();
}
