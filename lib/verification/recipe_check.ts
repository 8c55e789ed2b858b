// Looks a recipe over: everything that is wrong with it, or all that follows from it. Runs nothing.

import { canReplay } from "../engine/conforming.ts";
import { type PublicProblem, publicProblem, ValidationError } from "../errors.ts";
import { parameterCount } from "../format/config.ts";
import { canonicalJson } from "./canonical.ts";
import { leafSteps } from "./chain.ts";
import { replayBudget, type ReplayLimits } from "./cost.ts";
import { parseRecipe, recipeErrors } from "./parse_recipe.ts";
import { missingInputs, type Recipe, recipeHash } from "./recipe.ts";
import { parseRecipeText, withDefaults } from "./recipe_text.ts";
import { recipeCommitment } from "./ticket.ts";

/** What stands in for a seed that is missing. */
export const STAND_IN_SEED = 0;

export interface RecipeFacts {
  recipe: Recipe;
  /** RFC 8785: the text that is hashed. */
  canonical: string;
  hash: string;
  /** SHA-256 without the seed: what a ticket commits to. */
  commitment: string;
  parameters: number;
  trainingTokens: number;
  trainingFlops: number;
  /** Engine memory of a replay. */
  memoryBytes: number;
  /** Of the board's budget for one replay; above 1 it is not attempted. */
  flopsShare: number;
  memoryShare: number;
  checkpoints: number;
  /** Why the board could not replay it; empty when it could. */
  obstacles: string[];
  /** Fields that were left out and stand filled in here. */
  filledIn: ("engine" | "seed")[];
}

export interface RecipeCheck {
  problems: PublicProblem[];
  /** Null when there are problems. */
  facts: RecipeFacts | null;
}

export interface CheckOptions {
  /** SHA-256 of the engine at hand. */
  engine: string;
  /** Ids of uploaded corpora that are at hand. */
  uploads?: ReadonlySet<string>;
  /** What the board spends on one replay. */
  limits: ReplayLimits;
}

/** @param text JSON as a person wrote it. */
export async function checkRecipeText(text: string, options: CheckOptions): Promise<RecipeCheck> {
  let value: unknown;
  try {
    value = parseRecipeText(text);
  } catch (error) {
    if (error instanceof ValidationError) return { problems: [publicProblem(error)!], facts: null };
    throw error;
  }
  const whole = withDefaults(value, { engine: options.engine, seed: STAND_IN_SEED });
  const problems = recipeErrors(whole).map((error) => publicProblem(error)!);
  if (problems.length > 0) return { problems, facts: null };
  const filledIn = (["engine", "seed"] as const).filter((field) =>
    !Object.hasOwn(value as object, field)
  );
  const facts = await factsOf(parseRecipe(whole), options);
  return { problems: [], facts: { ...facts, filledIn } };
}

async function factsOf(
  recipe: Recipe,
  { engine, uploads, limits }: CheckOptions,
): Promise<Omit<RecipeFacts, "filledIn">> {
  const { flops, tokens, memoryBytes } = replayBudget(recipe);
  const flopsShare = flops / limits.flops;
  const memoryShare = memoryBytes / limits.memoryBytes;
  const obstacles = missingInputs(recipe, uploads);
  if (!canReplay(engine, recipe.engine)) obstacles.push(`engine ${recipe.engine} is not at hand`);
  if (flopsShare > 1) obstacles.push("a replay takes more operations than the board spends on one");
  if (memoryShare > 1) obstacles.push("a replay takes more memory than the board gives to one");
  return {
    recipe,
    canonical: canonicalJson(recipe),
    hash: await recipeHash(recipe),
    commitment: await recipeCommitment(recipe),
    parameters: parameterCount(recipe.model),
    trainingTokens: tokens,
    trainingFlops: flops,
    ...{ memoryBytes, flopsShare, memoryShare, obstacles },
    checkpoints: leafSteps(recipe).length,
  };
}
