// Whether the seeds that a report or an audit names follow from what it says they follow from. Knows
// no database: all that is needed stands in the statement.

import { canonicalDigest } from "./canonical.ts";
import type { Statement } from "./report.ts";
import { freshSeeds, SEED_AUDIT_TYPE, type SeedAuditStatement } from "./seed_audit.ts";
import { recipeCommitment, ticketSeed } from "./ticket.ts";

export type SeedCheck =
  /** There is no recipe, or nobody drew its seed. */
  | { kind: "none" | "free" }
  /** Drawn by the board, and computed again; `ofRecipe` says whether for this very recipe. */
  | { kind: "ticket"; ofRecipe: boolean }
  /** Those of an audit, computed again. */
  | { kind: "fresh" }
  | { kind: "false"; reason: string };

/** Computes every seed again that the statement says was drawn. */
export function checkSeeds(statement: Statement | SeedAuditStatement): Promise<SeedCheck> {
  return statement.predicateType === SEED_AUDIT_TYPE
    ? checkFreshSeeds(statement)
    : checkTicket(statement);
}

/**
 * Computes the seed of a report's ticket again: from nonce, commitment and account, the commitment
 * from the recipe. Reports from before they held the recipe leave that last step out.
 */
async function checkTicket({ predicate }: Statement): Promise<SeedCheck> {
  const { seed, ticket, recipe = null, recipeHash } = predicate;
  if (recipe !== null && await canonicalDigest(recipe) !== recipeHash) {
    return { kind: "false", reason: "its recipe has another hash than it says" };
  }
  if (recipe !== null && recipe.seed !== seed) {
    return { kind: "false", reason: "its recipe has another seed than it says" };
  }
  if (!ticket) return { kind: seed === null ? "none" : "free" };
  if (ticket.seed !== seed || await ticketSeed(ticket) !== seed) {
    return { kind: "false", reason: "its seed does not follow from its ticket" };
  }
  if (recipe === null) return { kind: "ticket", ofRecipe: false };
  return await recipeCommitment(recipe) === ticket.commitment
    ? { kind: "ticket", ofRecipe: true }
    : { kind: "false", reason: "its ticket was drawn for another recipe" };
}

/** Computes the seeds of an audit again, from its nonce and the recipe's hash. */
async function checkFreshSeeds({ predicate }: SeedAuditStatement): Promise<SeedCheck> {
  const expected = await freshSeeds(predicate.nonce, predicate.recipeHash);
  return predicate.runs.every(({ seed }, i) => seed === expected[i])
    ? { kind: "fresh" }
    : { kind: "false", reason: "its seeds do not follow from its nonce and recipe" };
}
