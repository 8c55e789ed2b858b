// Rows for store tests: short ways to say "an entry with these weights and this score".

import type { Db } from "../../lib/storage/database.ts";
import type { Entry, NewEntry, NewScore } from "../../lib/storage/entry_schema.ts";
import { newEntry, putScores } from "../../lib/submissions/store.ts";

let count = 0;

/** A scored entry with weights and a file of its own; `overrides` replace any column. */
export async function addEntry(db: Db, overrides: Partial<NewEntry> = {}): Promise<Entry> {
  const unique = String(++count).padStart(64, "0");
  const digest = overrides.file_digest ?? unique;
  await db.insertInto("blob").values({ digest, byte_length: 1 }).execute();
  return newEntry(db, {
    id: `entry-${count}`,
    name: `Model ${count}`,
    author: "Ada",
    blurb: "",
    status: "scored",
    file_digest: digest,
    file_name: "model.tinygpt",
    model_digest: unique,
    parameters: 1000,
    recipe: JSON.stringify({ spec: "exact/1" }),
    created_at: new Date(Date.UTC(2026, 0, 1) + count * 1000),
    ...overrides,
  });
}

export async function addScore(
  db: Db,
  entry: Entry,
  benchmark: string,
  score: number | null,
  overrides: Partial<NewScore> = {},
): Promise<void> {
  await putScores(db, [{
    model_digest: entry.model_digest ?? "",
    benchmark,
    version: 1,
    score,
    interval_low: score,
    interval_high: score,
    incompatible_reason: score === null ? "The context is too short" : null,
    examples: "[]",
    engine_digest: "e",
    data_digest: "d",
    wall_ms: 1,
    ...overrides,
  }]);
}
