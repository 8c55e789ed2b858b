// Who submitted what: the list of authors and the page of one, as queries. Server only.

import { type Kysely, sql } from "kysely";
import type { ProvenanceState } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { type SampleShare, withSamples } from "../verification/sample_store.ts";
import { onBoard } from "../storage/visibility.ts";
import type { BoardKey } from "./store.ts";

export interface AuthorRow {
  author: string;
  /** Scored entries that may rank. */
  entries: number;
  /** Of those, proven by exact replay. */
  exact: number;
  since: Date;
}

/** Most proven entries first, then most entries, then by name. */
export function listAuthors(
  db: Kysely<Database>,
  { limit, offset }: { limit: number; offset: number },
): Promise<AuthorRow[]> {
  return rankable(db).groupBy("author")
    .select((eb) => [
      "author",
      eb.fn.countAll<number>().as("entries"),
      sql<number>`count(*) filter (where provenance = 'exact')`.as("exact"),
      eb.fn.min("created_at").as("since"),
    ])
    .orderBy("exact", "desc").orderBy("entries", "desc").orderBy("author")
    .limit(limit).offset(offset).execute();
}

export interface AuthorEntry {
  entryId: string;
  name: string;
  modelDigest: string | null;
  parameters: number | null;
  trainingFlops: number | null;
  provenance: ProvenanceState;
  exactCount: number;
  createdAt: Date;
  /** Of a sampled one. */
  sample?: SampleShare;
  scores: { benchmark: string; version: number; score: number }[];
}

const ENTRIES_LIMIT = 200;

/** The newest entries of one author that may rank, with their scores on the given benchmarks. */
export async function authorEntries(
  db: Kysely<Database>,
  author: string,
  benchmarks: readonly BoardKey[],
): Promise<AuthorEntry[]> {
  const entries = await rankable(db).where("author", "=", author)
    .select([
      "id as entryId",
      "name",
      "model_digest as modelDigest",
      "parameters",
      "training_flops as trainingFlops",
      "provenance",
      "exact_count as exactCount",
      "created_at as createdAt",
    ])
    .orderBy("created_at", "desc").orderBy("id").limit(ENTRIES_LIMIT).execute();
  if (entries.length === 0) return [];
  const scores = await db.selectFrom("score")
    .where("model_digest", "in", entries.map(({ modelDigest }) => modelDigest ?? ""))
    .where((eb) =>
      eb.or(
        benchmarks.map(({ id, version }) =>
          eb.and([eb("benchmark", "=", id), eb("version", "=", version)])
        ),
      )
    )
    .where("score", "is not", null)
    .select(["model_digest", "benchmark", "version", "score"]).execute();
  return (await withSamples(db, entries)).map((entry) => ({
    ...entry,
    scores: scores.filter(({ model_digest }) => model_digest === entry.modelDigest)
      .map(({ benchmark, version, score }) => ({ benchmark, version, score: score! })),
  }));
}

/** Whether anything on the board was ever submitted under this name. */
export async function isAuthor(db: Kysely<Database>, author: string): Promise<boolean> {
  const found = await db.selectFrom("entry").select("id").where("author", "=", author)
    .where(onBoard).limit(1).executeTakeFirst();
  return found !== undefined;
}

function rankable(db: Kysely<Database>) {
  return db.selectFrom("listed_entry").where("may_rank", "=", true);
}
