// Decisions, flags and the queue as queries.

import { type Kysely, sql } from "kysely";
import { IntegrityError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import { utf8 } from "../bytes.ts";
import type { Entry, Visibility } from "../storage/entry_schema.ts";
import { randomId } from "../storage/ids.ts";
import type { Decision, Flag } from "../storage/moderation_schema.ts";
import type { Database } from "../storage/schema.ts";
import type { Act } from "./acts.ts";

/** A decision with what its entry is called now; null when it is hidden, or is about no entry. */
export interface DecisionRow extends Decision {
  entryName: string | null;
  /** As above, of its set of the lab. */
  setName: string | null;
  /** As above, of its set of prompts. */
  promptsName: string | null;
}

function decisions(db: Kysely<Database>) {
  return db.selectFrom("decision").leftJoin("entry", "entry.id", "decision.entry_id")
    .leftJoin("lab_set", "lab_set.id", "decision.lab_set_id")
    .leftJoin("lab_prompt_set as prompts", "prompts.id", "decision.lab_prompt_set_id")
    .selectAll("decision")
    .select([
      sql<string | null>`case when entry.visibility <> 'hidden' then entry.name end`
        .as("entryName"),
      sql<string | null>`case when not lab_set.hidden then lab_set.name end`.as("setName"),
      sql<string | null>`case when not prompts.hidden then prompts.name end`.as("promptsName"),
    ])
    .orderBy("decision.created_at", "desc").orderBy("decision.id", "desc");
}

/** Newest first. `before` is the id of the last decision of the page before. */
export function listDecisions(
  db: Kysely<Database>,
  { before, act, limit }: { before?: string; act?: Act; limit: number },
): Promise<DecisionRow[]> {
  let query = decisions(db).limit(limit);
  if (act !== undefined) query = query.where("decision.act", "=", act);
  if (before !== undefined) {
    // By the stored time of that decision: a Date has only milliseconds.
    query = query.where((eb) =>
      eb(
        eb.refTuple("decision.created_at", "decision.id"),
        "<",
        eb.selectFrom("decision as last").where("last.id", "=", before)
          .select(["last.created_at", "last.id"]).$asTuple("created_at", "id"),
      )
    );
  }
  return query.execute();
}

/** Newest first. */
export function decisionsOf(db: Kysely<Database>, entryId: string): Promise<DecisionRow[]> {
  return decisions(db).where("decision.entry_id", "=", entryId).execute();
}

/** The decision an entry is hidden by. */
export async function hiddenBy(db: Kysely<Database>, entryId: string): Promise<Decision | null> {
  return await db.selectFrom("decision").selectAll().where("entry_id", "=", entryId)
    .where("act", "=", "hide").orderBy("created_at", "desc").limit(1).executeTakeFirst() ?? null;
}

/** The decision a set of the lab is hidden by. */
export async function setHiddenBy(db: Kysely<Database>, setId: string): Promise<Decision | null> {
  return await db.selectFrom("decision").selectAll().where("lab_set_id", "=", setId)
    .where("act", "=", "hide-set").orderBy("created_at", "desc").limit(1)
    .executeTakeFirst() ?? null;
}

/** The decision a set of prompts is hidden by. */
export async function promptsHiddenBy(
  db: Kysely<Database>,
  promptSetId: string,
): Promise<Decision | null> {
  return await db.selectFrom("decision").selectAll().where("lab_prompt_set_id", "=", promptSetId)
    .where("act", "=", "hide-prompts").orderBy("created_at", "desc").limit(1)
    .executeTakeFirst() ?? null;
}

/** Of a set of prompts, newest first. */
export function decisionsOfPrompts(
  db: Kysely<Database>,
  promptSetId: string,
): Promise<DecisionRow[]> {
  return decisions(db).where("decision.lab_prompt_set_id", "=", promptSetId).execute();
}

/** Of a set of the lab and its raters, newest first. */
export function decisionsOfSet(db: Kysely<Database>, setId: string): Promise<DecisionRow[]> {
  return decisions(db).where("decision.lab_set_id", "=", setId).execute();
}

/** Of a model's file by its digest; null for other files that are kept, such as states of a run. */
export async function modelFile(
  db: Kysely<Database>,
  digest: string,
): Promise<"shown" | "hidden" | null> {
  const entries = await db.selectFrom("entry").select("visibility")
    .where("file_digest", "=", digest).execute();
  if (entries.length === 0) return null;
  return entries.every(({ visibility }) => visibility === "hidden") ? "hidden" : "shown";
}

/** Decisions by which somebody is banned now, newest first. */
export function listBans(db: Kysely<Database>): Promise<(Decision & { subject: string })[]> {
  return db.selectFrom("ban").innerJoin("decision", "decision.id", "ban.decision_id")
    .selectAll("decision").select("ban.subject")
    .orderBy("decision.created_at", "desc").orderBy("decision.id").execute();
}

/** Who flags: an account, or the address a guest comes from. */
export interface Reader {
  accountId: string | null;
  address: string;
}

/**
 * @param secret of this server: nobody else can tell whose hash a guest's is.
 * @throws {IntegrityError} when this reader flagged this entry before.
 */
export async function addFlag(
  db: Kysely<Database>,
  { entryId, reader, reason, at, secret }: {
    entryId: string;
    reader: Reader;
    reason: string;
    at: Date;
    secret: string;
  },
): Promise<void> {
  const added = await db.insertInto("flag").values({
    id: randomId(),
    entry_id: entryId,
    reader: await readerKey(reader, entryId, secret),
    account_id: reader.accountId,
    reason,
    created_at: at,
  }).onConflict((conflict) => conflict.constraint("flag_once").doNothing())
    .returning("id").executeTakeFirst();
  if (added) return;
  throw new IntegrityError("You have flagged this model before", {
    expected: "one flag of a reader for a model",
    got: "a second one",
    fix: "A moderator will look at the first. What is decided stands on the page of the model.",
  });
}

async function readerKey(
  { accountId, address }: Reader,
  entryId: string,
  secret: string,
): Promise<string> {
  if (accountId !== null) return `account:${accountId}`;
  return `guest:${await sha256Hex(utf8(`flag/v1\n${secret}\n${entryId}\n${address}`))}`;
}

/** Which entries a moderator wants to see. */
export const QUEUES = ["held", "flagged", "hidden", "recent"] as const;
export type Queue = typeof QUEUES[number];

export interface QueueFilter {
  queue: Queue;
  /** In the name of the model, or of its author. */
  q: string;
  page: number;
}

export const QUEUE_PAGE_SIZE = 20;

/** Newest first: the newest flag counts where flags are what is asked for. */
export async function queuePage(
  db: Kysely<Database>,
  { queue, q, page }: QueueFilter,
): Promise<{ entries: Entry[]; total: number }> {
  const newestFlag = sql<Date | null>`(select max(flag.created_at) from flag
    where flag.entry_id = entry.id and flag.decision_id is null)`;
  let query = db.selectFrom("entry");
  if (queue === "held" || queue === "hidden") {
    query = query.where("visibility", "=", queue satisfies Visibility);
  }
  if (queue === "flagged") {
    const flagged = db.selectFrom("flag").select("entry_id").where("decision_id", "is", null);
    query = query.where("id", "in", flagged);
  }
  if (q !== "") {
    const pattern = `%${q.replace(/[\\%_]/g, "\\$&")}%`;
    query = query.where((eb) =>
      eb.or([eb("name", "ilike", pattern), eb("author", "ilike", pattern)])
    );
  }
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const newest = queue === "flagged" ? newestFlag : sql<Date>`entry.created_at`;
  const entries = await query.selectAll("entry").orderBy(newest, "desc").orderBy("id")
    .limit(QUEUE_PAGE_SIZE).offset((page - 1) * QUEUE_PAGE_SIZE).execute();
  return { entries, total };
}

/** How many entries wait in each queue; of the newest ones nobody is told to look at. */
export async function queueCounts(
  db: Kysely<Database>,
): Promise<Record<Exclude<Queue, "recent">, number>> {
  const count = (visibility: Visibility) =>
    db.selectFrom("entry").where("visibility", "=", visibility)
      .select((eb) => eb.fn.countAll<number>().as("n"));
  return await db.selectNoFrom((eb) => [
    count("held").$asScalar().$notNull().as("held"),
    count("hidden").$asScalar().$notNull().as("hidden"),
    eb.selectFrom("flag").where("decision_id", "is", null)
      .select((inner) => inner.fn.count<number>("entry_id").distinct().as("n"))
      .$asScalar().$notNull().as("flagged"),
  ]).executeTakeFirstOrThrow();
}

/** Flags that wait for a decision, newest first. */
export function openFlags(db: Kysely<Database>, entryIds: readonly string[]): Promise<Flag[]> {
  if (entryIds.length === 0) return Promise.resolve([]);
  return db.selectFrom("flag").selectAll().where("entry_id", "in", [...entryIds])
    .where("decision_id", "is", null).orderBy("created_at", "desc").orderBy("id").execute();
}
