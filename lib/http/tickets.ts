// Takes a ticket for a recipe, for the page and the API.

import { mustBeAllowed } from "../accounts/caller.ts";
import type { State } from "../../app_state.ts";
import { engineBlob } from "../jobs/files.ts";
import { checkSender } from "../moderation/bans.ts";
import type { Recipe } from "../verification/recipe.ts";
import { completeRecipe, readRecipeText } from "../verification/recipe_text.ts";
import { recipeCommitment, type Ticket, type TicketCount } from "../verification/ticket.ts";
import { takeTicket } from "../verification/ticket_store.ts";

/** Any seed: it is no part of the commitment. */
const NO_SEED = 0;

export interface TakenTicket {
  ticket: Ticket;
  count: TicketCount;
  /** With the seed that was drawn; null when only its hash is known. */
  recipe: Recipe | null;
}

/** A document, the text of one, or the hash of one. */
export type Committed = { recipe: unknown } | { text: string } | { commitment: string };

/**
 * @throws {AuthenticationError | PermissionError} unless an account asks that may submit.
 * @throws {ValidationError} when it is no recipe.
 * @throws {QuotaError} when the account may have no more today.
 */
export async function takeTicketFor(
  { caller, services }: Pick<State, "caller" | "services">,
  committed: Committed,
): Promise<TakenTicket> {
  const account = mustBeAllowed(caller, "submit");
  await checkSender(services.db, { account, author: account.name });
  const recipe = "commitment" in committed ? null : await open(services, committed);
  const commitment = "commitment" in committed
    ? committed.commitment
    : await recipeCommitment(recipe!);
  const taken = await takeTicket(
    services.db,
    { account: account.id, commitment },
    services.now(),
  );
  return { ...taken, recipe: recipe && { ...recipe, seed: taken.ticket.seed } };
}

async function open(
  services: State["services"],
  committed: Exclude<Committed, { commitment: string }>,
): Promise<Recipe> {
  const defaults = { engine: (await engineBlob(services)).sha256, seed: NO_SEED };
  return "text" in committed
    ? readRecipeText(committed.text, defaults)
    : completeRecipe(committed.recipe, defaults);
}
