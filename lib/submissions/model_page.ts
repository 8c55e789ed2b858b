// Everything the page of one model shows, in one call. Knows nothing of HTTP or markup.

import type { Kysely } from "kysely";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import type { Database, Score } from "../storage/schema.ts";
import { parseChain } from "../verification/chain.ts";
import { parseRecipe, type Recipe } from "../verification/recipe.ts";
import { reportsOf } from "../verification/store.ts";
import type { Chain } from "../verification/types.ts";
import { twinScoresOf } from "../twins/store.ts";
import { requireEntry } from "./require.ts";
import { probesOf, scoresOf } from "./store.ts";

/** @throws {NotFoundError} when no entry has this id. */
export async function loadModelPage(db: Kysely<Database>, id: string) {
  const entry = await requireEntry(db, id);
  const [scores, probes, twins, reports] = await Promise.all([
    entry.model_digest === null ? [] : scoresOf(db, entry.model_digest),
    entry.model_digest === null ? [] : probesOf(db, entry.model_digest),
    entry.model_digest === null ? [] : twinScoresOf(db, entry.model_digest),
    reportsOf(db, entry.id),
  ]);
  return {
    entry,
    scores: inRegistryOrder(scores),
    probes,
    twins,
    reports,
    recipe: parsed<Recipe>(parseRecipe, entry.recipe),
    chain: parsed<Chain>(parseChain, entry.chain),
  };
}

/** Ranked versions first, then those kept for comparison. */
export function inRegistryOrder(scores: readonly Score[]) {
  const order = [...BENCHMARKS].sort((a, b) => Number(b.ranked) - Number(a.ranked));
  return order.flatMap((benchmark) => {
    const score = scores.find((found) =>
      found.benchmark === benchmark.id && found.version === benchmark.version
    );
    return score ? [{ benchmark, score }] : [];
  });
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
