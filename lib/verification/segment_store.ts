// Segments of runs for visitors, as queries: which are given out, who confirmed which, which are
// wanted.

import { type Kysely, sql } from "kysely";
import { NotFoundError } from "../errors.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { SegmentConfirmationRow } from "../storage/provenance_schema.ts";
import type { KeptState } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { chainOrNull } from "./chain.ts";
import type { Runtime } from "./confirmation.ts";
import type { WantedEntry, WantedQuery } from "./confirmation_store.ts";
import { heldStates } from "./kept_store.ts";
import { recipeOrNull } from "./parse_recipe.ts";
import { type PublicSegment, publicSegments } from "./public_segments.ts";
import type { Segment } from "./types.ts";

/** Keys of one runtime after which a segment is not offered any more: whole runs want them as well. */
const ENOUGH_KEYS = 2;
/** Entries whose segments are looked at for one answer: a chain can have ten thousand leaves. */
const LOOKED_AT = 20;

type RunColumns = Pick<Entry, "id" | "provenance" | "recipe" | "chain">;

/**
 * The segments of the entry that anybody may replay: of a run that is exact and of which states are
 * kept.
 */
export async function segmentsToOffer(
  db: Kysely<Database>,
  entry: RunColumns,
): Promise<PublicSegment[]> {
  if (entry.provenance !== "exact") return [];
  return segmentsBetween(entry, await heldStates(db, entry.id));
}

function segmentsBetween({ recipe, chain }: RunColumns, held: readonly KeptState[]) {
  const run = { recipe: recipeOrNull(recipe), chain: chainOrNull(chain) };
  if (run.recipe === null || run.chain === null) return [];
  return publicSegments(
    { recipe: run.recipe, chain: run.chain },
    held.map(({ leaf, digest, byte_length }) => ({
      leaf,
      sha256: digest,
      byteLength: byte_length,
    })),
  );
}

/** @throws {NotFoundError} when that part of the run is not given out. */
export async function requireSegment(
  db: Kysely<Database>,
  entry: RunColumns,
  { from, to }: Segment,
): Promise<PublicSegment> {
  const segments = await segmentsToOffer(db, entry);
  const found = segments.find((each) => each.from === from && each.to === to);
  if (found) return found;
  throw new NotFoundError("This part of the run cannot be replayed alone", {
    expected: segments.map(({ from, to }) => `${from}–${to}`).join(", ") || "no part of this run",
    got: `${from}–${to}`,
    fix: "Load the page again: states are kept for as long as there is room. Or replay it whole.",
  });
}

/** Whether a state of this digest is given out, by any entry that is shown. */
export async function isPublicState(db: Kysely<Database>, digest: string): Promise<boolean> {
  const entries = await db.selectFrom("kept_state")
    .innerJoin("entry", "entry.id", "kept_state.entry_id")
    .select(["entry.id", "provenance", "recipe", "chain"])
    .where("kept_state.digest", "=", digest).where("held", "=", true)
    .where("entry.status", "=", "scored").where("entry.visibility", "<>", "hidden").execute();
  for (const entry of entries) {
    const segments = await segmentsToOffer(db, entry);
    if (segments.some(({ state }) => state?.sha256 === digest)) return true;
  }
  return false;
}

/** Oldest first. */
export function segmentConfirmationsOf(
  db: Kysely<Database>,
  entryId: string,
): Promise<SegmentConfirmationRow[]> {
  return db.selectFrom("segment_confirmation").selectAll().where("entry_id", "=", entryId)
    .orderBy("created_at").orderBy("id").execute();
}

export interface WantedSegment {
  entry: WantedEntry;
  segment: PublicSegment;
}

/**
 * Segments that a visitor may replay: the smallest first, of those that too few keys have confirmed
 * on such a runtime.
 */
export async function wantedSegments(
  db: Kysely<Database>,
  { runtime: { engineFamily, isa }, keyid, maxFlops, limit }: WantedQuery,
): Promise<WantedSegment[]> {
  const said = sql<number>`(select count(*) from segment_confirmation as said
    where said.entry_id = entry.id and (said.keyid = ${keyid ?? ""}
      or said.engine_family = ${engineFamily} and said.isa = ${isa}))`;
  const entries = await db.selectFrom("entry")
    .select(["id", "name", "file_digest", "model_digest", "training_flops", "provenance"])
    .select(["recipe", "chain"])
    .where("id", "in", db.selectFrom("kept_state").select("entry_id").where("held", "=", true))
    .where("status", "=", "scored").where("visibility", "=", "public")
    .where("duplicate_of", "is", null).where("provenance", "=", "exact")
    .where(
      "training_flops",
      "<=",
      sql<number>`${maxFlops}::float8 * (1 + (select count(*)
      from kept_state where kept_state.entry_id = entry.id and held))`,
    )
    .orderBy(said).orderBy("training_flops").orderBy("id").limit(LOOKED_AT).execute();
  const found: WantedSegment[] = [];
  for (const entry of entries) {
    const segments = await segmentsToOffer(db, entry);
    const rows = await segmentConfirmationsOf(db, entry.id);
    const isWanted = wantedBy({ engineFamily, isa, keyid }, rows);
    for (const segment of segments) {
      if (segment.flops <= maxFlops && isWanted(segment)) found.push({ entry, segment });
    }
  }
  return found.sort((a, b) => a.segment.flops - b.segment.flops).slice(0, limit);
}

/** Whether a segment still wants a replay by that key on that runtime, after what was signed. */
function wantedBy(
  { engineFamily, isa, keyid }: Runtime & { keyid: string | null },
  rows: readonly SegmentConfirmationRow[],
): (segment: Segment) => boolean {
  return ({ from, to }) => {
    const signed = rows.filter((row) => row.from_leaf === from && row.to_leaf === to);
    if (signed.some((row) => row.keyid === keyid)) return false;
    const alike = signed.filter((row) => row.engine_family === engineFamily && row.isa === isa);
    return alike.length < ENOUGH_KEYS;
  };
}
