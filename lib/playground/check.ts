// What a recipe that is being written costs, or what is wrong with it. Loaded when it is needed.

import { namedCorpora, parseRecipe, type Recipe } from "../verification/recipe.ts";
import { isUploadId } from "../corpora/registry.ts";
import { parameterCount } from "../format/config.ts";
import { type PublicProblem, publicProblem, ValidationError } from "../errors.ts";
import {
  DEFAULT_REPLAY_BUDGET_BYTES,
  DEFAULT_REPLAY_BUDGET_FLOPS,
  replayBudget,
  trainingTokens,
} from "../verification/cost.ts";

/** What a recipe means. */
export interface Plan {
  recipe: Recipe;
  parameters: number;
  flops: number;
  tokens: number;
  memoryBytes: number;
  /** Whether the board would train it again to prove it. */
  provable: boolean;
  /** Texts it names by their SHA-256. */
  uploads: string[];
}

/** One without `engine` means the engine at hand, whose digest is `engine`. */
export function checkRecipe(
  draft: unknown,
  engine: string,
): { plan: Plan } | { problem: PublicProblem } {
  const isObject = draft instanceof Object && !Array.isArray(draft);
  try {
    const recipe = parseRecipe(isObject ? { engine, ...draft } : draft);
    return { plan: planOf(recipe) };
  } catch (error) {
    if (error instanceof ValidationError) return { problem: publicProblem(error)! };
    throw error;
  }
}

/** What a valid recipe means. */
export function planOf(recipe: Recipe): Plan {
  const { flops, memoryBytes } = replayBudget(recipe);
  const named = namedCorpora(recipe).map(({ corpus }) => corpus);
  return {
    recipe,
    parameters: parameterCount(recipe.model),
    ...{ flops, memoryBytes, tokens: trainingTokens(recipe) },
    provable: flops <= DEFAULT_REPLAY_BUDGET_FLOPS && memoryBytes <= DEFAULT_REPLAY_BUDGET_BYTES,
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
