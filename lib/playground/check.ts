// What a recipe that is being written costs, or what is wrong with it. Loaded when it is needed.

import { parseRecipe } from "../verification/parse_recipe.ts";
import { namedCorpora, type Recipe } from "../verification/recipe.ts";
import { isUploadId } from "../corpora/registry.ts";
import { parameterCount } from "../format/config.ts";
import { type PublicProblem, publicProblem, ValidationError } from "../errors.ts";
import { isOver, replayBudget, type ReplayLimits, trainingTokens } from "../verification/cost.ts";
import { type StatesPlan, statesPlan } from "./states.ts";

/** What a recipe means, on one board. */
export interface Plan {
  recipe: Recipe;
  parameters: number;
  flops: number;
  tokens: number;
  memoryBytes: number;
  /** Whether the board would train it again to prove it. */
  provable: boolean;
  /** Those that the board may ask for instead; null where it asks for none. */
  states: StatesPlan | null;
  /** Texts it names by their SHA-256. */
  uploads: string[];
}

/** What a recipe is looked at with. */
export interface Board {
  /** Digest of the engine at hand: a recipe without one means this. */
  engine: string;
  /** Of one replay. */
  limits: ReplayLimits;
}

export function checkRecipe(
  draft: unknown,
  { engine, limits }: Board,
): { plan: Plan } | { problem: PublicProblem } {
  const isObject = draft instanceof Object && !Array.isArray(draft);
  try {
    const recipe = parseRecipe(isObject ? { engine, ...draft } : draft);
    return { plan: planOf(recipe, limits) };
  } catch (error) {
    if (error instanceof ValidationError) return { problem: publicProblem(error)! };
    throw error;
  }
}

/** What a valid recipe means. */
export function planOf(recipe: Recipe, limits: ReplayLimits): Plan {
  const budget = replayBudget(recipe);
  const named = namedCorpora(recipe).map(({ corpus }) => corpus);
  return {
    recipe,
    parameters: parameterCount(recipe.model),
    ...{ flops: budget.flops, memoryBytes: budget.memoryBytes, tokens: trainingTokens(recipe) },
    provable: !isOver(budget, limits),
    states: statesPlan(recipe, limits),
    uploads: [...new Set(named.filter(isUploadId))],
  };
}

/** The value of a JSON text, or where it breaks off. */
export function parseJson(text: string): { value: unknown } | { problem: PublicProblem } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const fix = "A recipe is one JSON object: names in quotes, commas between, no comments.";
    return { problem: { message: `This is not JSON: ${(error as Error).message}`, fix } };
  }
}
