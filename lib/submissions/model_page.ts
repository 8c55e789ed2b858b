// Everything the page of one model shows, in one call. Knows nothing of HTTP or markup.

import type { Kysely } from "kysely";
import type { Benchmark, ExampleResult } from "../benchmarks/benchmark.ts";
import { BENCHMARKS, findBenchmark } from "../benchmarks/registry.ts";
import { NotFoundError } from "../errors.ts";
import type { Entry, Score } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { contaminationOf } from "../corpora/store.ts";
import { confirmationsOf, ownRuntimes } from "../verification/confirmation_store.ts";
import { parseChain } from "../verification/chain.ts";
import { parseRecipe } from "../verification/parse_recipe.ts";
import type { Recipe } from "../verification/recipe.ts";
import { seedAuditsOf } from "../verification/seed_audit_store.ts";
import { spotCheckOf } from "../verification/spot_check_store.ts";
import { spotCheckView } from "../verification/spot_check_view.ts";
import { reportsOf } from "../verification/store.ts";
import { segmentConfirmationsOf, segmentsToOffer } from "../verification/segment_store.ts";
import { seedOrigin } from "../verification/ticket_store.ts";
import type { Chain } from "../verification/types.ts";
import { twinScoresOf } from "../twins/store.ts";
import { familyOf } from "./family.ts";
import { versionsOf } from "./lineage_store.ts";
import { rankedScoresOf } from "./ranked_scores_store.ts";
import { requireAnyEntry, requireEntry, requireStanding } from "./require.ts";
import { getScore, probesOf } from "./store.ts";

/**
 * Of a withdrawn entry names, digests and reports are left.
 *
 * @throws {NotFoundError} when no entry has this id.
 * @throws {GoneError} when it is hidden, unless `hidden` asks for those too.
 */
export async function loadModelPage(db: Kysely<Database>, id: string, { hidden = false } = {}) {
  const found = await (hidden ? requireAnyEntry : requireEntry)(db, id);
  const entry = found.status === "withdrawn" ? tombstone(found) : found;
  const digest = entry.status === "withdrawn" ? null : entry.model_digest;
  const recipe = parsed<Recipe>(parseRecipe, entry.recipe);
  const [scores, probes, twins, reports, contamination, family, versions, audits, check] =
    await Promise
      .all([
        rankedScoresOf(db, entry.id, digest),
        digest === null ? [] : probesOf(db, digest),
        digest === null ? [] : twinScoresOf(db, digest),
        reportsOf(db, entry.id),
        contaminationOf(db, entry.id),
        familyOf(db, entry),
        versionsOf(db, entry),
        seedAuditsOf(db, entry.id),
        spotCheckOf(db, entry),
      ]);
  return {
    entry,
    supersededBy: versions.supersededBy,
    scores,
    probes,
    twins,
    reports,
    audits,
    spotCheck: check && spotCheckView(check, entry),
    contamination,
    family,
    recipe,
    ...await whoAgrees(db, entry, recipe),
    chain: parsed<Chain>(parseChain, entry.chain),
  };
}

export type ModelPage = Awaited<ReturnType<typeof loadModelPage>>;

/** Where its seed came from, who has found it exact, and what else may be replayed. */
async function whoAgrees(db: Kysely<Database>, entry: Entry, recipe: Recipe | null) {
  const [seed, confirmations, segmentConfirmations, segments, runtimes] = await Promise.all([
    seedOrigin(db, entry, recipe),
    confirmationsOf(db, entry.id),
    segmentConfirmationsOf(db, entry.id),
    segmentsToOffer(db, entry),
    ownRuntimes(db, entry.id),
  ]);
  return { seed, confirmations, segmentConfirmations, segments, ownRuntimes: runtimes };
}

/** What its author said of it and what stood in the file is gone. */
function tombstone(entry: Entry): Entry {
  const unread = { recipe: null, chain: null, config: null, samples: null, loss_history: null };
  return { ...entry, ...unread, blurb: "" };
}

export interface ModelScore {
  entry: Entry;
  benchmark: Benchmark;
  score: Score;
  examples: ExampleResult[];
}

/**
 * One score of a model with its examples; without a version that of the ranked one.
 *
 * @throws {NotFoundError} when there is no such entry, benchmark or score.
 */
export async function loadModelScore(
  db: Kysely<Database>,
  id: string,
  { benchmark: name, version }: { benchmark: string; version?: number },
): Promise<ModelScore> {
  const entry = await requireStanding(db, id);
  const benchmark = findBenchmark(name, version);
  const score = benchmark && entry.model_digest !== null
    ? await getScore(db, {
      modelDigest: entry.model_digest,
      benchmark: benchmark.id,
      version: benchmark.version,
    })
    : null;
  if (benchmark && score) return { entry, benchmark, score, examples: storedExamples(score) };
  throw new NotFoundError("This model has no score of this benchmark and version", {
    expected: BENCHMARKS.map(({ id, version }) => `${id} version ${version}`).join(", "),
    got: `${name.slice(0, 40)}${version === undefined ? "" : ` version ${version}`}`,
    fix: "Open the scores from the page of the model.",
  });
}

/** Examples are JSON of our own making, but of any age. */
function storedExamples({ examples }: Score): ExampleResult[] {
  return Array.isArray(examples) ? examples : [];
}

/** A header may hold anything under these names: what does not parse is not shown. */
function parsed<T>(parse: (value: unknown) => T, value: unknown): T | null {
  if (value === null) return null;
  try {
    return parse(value);
  } catch {
    return null;
  }
}
