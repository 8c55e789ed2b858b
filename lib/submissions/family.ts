// What a model comes from, its versions and what others made of it, as queries. Server only.

import { type Kysely, sql } from "kysely";
import type { Entry, EntryStatus, ProvenanceState } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";
import { type SampleShare, withSamples } from "../verification/sample_store.ts";

/** A model as a family tree shows it. */
export interface Relative {
  id: string;
  name: string;
  author: string;
  status: EntryStatus;
  provenance: ProvenanceState;
  exactCount: number;
  createdAt: Date;
  /** Of a sampled one. */
  sample?: SampleShare | null;
}

export interface Family {
  /** From the oldest to the one this model was forked from; the oldest of a long line are left out. */
  ancestors: Relative[];
  /** This model and its other versions, the newest first. */
  versions: Relative[];
  /** Of any version, the newest first. */
  forks: (Relative & { forkOf: string })[];
}

/** Most generations, versions and forks that are looked up: a tree for reading. */
const GENERATIONS = 8;
const VERSIONS_LIMIT = 50;
const FORKS_LIMIT = 30;

/** The family of an entry; withdrawn members keep their place, failed ones have none. */
export async function familyOf(db: Kysely<Database>, { id }: Pick<Entry, "id">): Promise<Family> {
  const [line, versions] = await Promise.all([ancestry(db, id), versionsOf(db, id)]);
  const own = new Set(versions.map((version) => version.id));
  const forks = own.size === 0 ? [] : await relatives(db, id).select("fork_of as forkOf")
    .where("fork_of", "in", [...own]).where("id", "not in", [...own]).where("status", "=", "scored")
    .orderBy("created_at", "desc").orderBy("id").limit(FORKS_LIMIT).execute();
  const ancestors = line.filter((ancestor) => !own.has(ancestor.id));
  return {
    ancestors: await withSamples(db, ancestors),
    versions: await withSamples(db, versions),
    forks: await withSamples(db, forks.map((fork) => ({ ...fork, forkOf: fork.forkOf! }))),
  };
}

/** The entry and all it comes from, the oldest first. */
async function ancestry(db: Kysely<Database>, id: string): Promise<Relative[]> {
  const line = await sql<{ id: string }>`
    with recursive line as (
      select id, fork_of, revision_of, 0 as depth from entry where id = ${id}
      union all
      select parent.id, parent.fork_of, parent.revision_of, line.depth + 1
      from line join entry as parent on parent.id = coalesce(line.fork_of, line.revision_of)
      where line.depth < ${sql.lit(GENERATIONS)}
    ) select id from line order by depth desc`.execute(db);
  const ids = [...new Set(line.rows.map((row) => row.id))];
  if (ids.length < 2) return [];
  const found = await relatives(db, id).where("id", "in", ids).execute();
  return ids.flatMap((each) => found.find((relative) => relative.id === each) ?? []);
}

/** All that are revisions of one another, whether each names the one before it or the first. */
async function versionsOf(db: Kysely<Database>, id: string): Promise<Relative[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive back as (
      select id, revision_of from entry where id = ${id}
      union
      select before.id, before.revision_of
      from back join entry as before on before.id = back.revision_of
    ), versions as (
      select id from back
      union
      select later.id from versions join entry as later on later.revision_of = versions.id
    ) select id from versions limit ${sql.lit(VERSIONS_LIMIT)}`.execute(db);
  if (rows.length < 2) return await relatives(db, id).where("id", "=", id).execute();
  return await relatives(db, id).where("id", "in", rows.map((row) => row.id))
    .where((eb) => eb.or([eb("status", "in", ["scored", "withdrawn"]), eb("id", "=", id)]))
    .orderBy("created_at", "desc").orderBy("id").execute();
}

/** As everybody may see them; `own` in any case. */
function relatives(db: Kysely<Database>, own: string) {
  return db.selectFrom("entry").where((eb) => eb.or([onBoard, eb("id", "=", own)])).select([
    "id",
    "name",
    "author",
    "status",
    "provenance",
    "exact_count as exactCount",
    "created_at as createdAt",
  ]);
}
