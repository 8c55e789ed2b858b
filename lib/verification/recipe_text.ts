// Reads a recipe that a person wrote, with what may be left out filled in. Knows no file and no page.

import { ValidationError } from "../errors.ts";
import { parseRecipe } from "./parse_recipe.ts";
import type { Recipe } from "./recipe.ts";

/** Most characters of a recipe: some hundred times what one needs. */
export const MAX_RECIPE_TEXT = 200_000;

/** What stands in for fields that are left out. */
export interface RecipeDefaults {
  /** SHA-256 of the engine at hand. */
  engine: string;
  seed?: number;
}

/**
 * The recipe in a JSON text; `engine` and, where given, `seed` are filled in when it has none.
 *
 * @throws {ValidationError} naming the line that is no JSON, or the field that is wrong.
 */
export function readRecipeText(text: string, defaults: RecipeDefaults): Recipe {
  return completeRecipe(parseRecipeText(text), defaults);
}

/** @throws {ValidationError} when it is no JSON. */
export function parseRecipeText(text: string): unknown {
  if (text.length > MAX_RECIPE_TEXT) {
    throw new ValidationError("This is too long for a recipe", {
      path: "recipe",
      expected: `at most ${MAX_RECIPE_TEXT} characters`,
      got: `${text.length}`,
      fix: "Send the recipe alone; a corpus is named by its hash, not copied into it.",
    });
  }
  return parseJson(text);
}

/** @throws {ValidationError} naming the field that is wrong. */
export function completeRecipe(value: unknown, defaults: RecipeDefaults): Recipe {
  return parseRecipe(withDefaults(value, defaults));
}

/** The document with what it lacks; anything but an object as it is. */
export function withDefaults(value: unknown, defaults: RecipeDefaults): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? { ...defaults, ...value } : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ValidationError("This is not JSON", {
      path: "recipe",
      expected: 'a JSON object such as { "spec": "exact/1", … }',
      got: text.trim() === "" ? "nothing" : (error as Error).message,
      fix: "Check commas and quotation marks there; JSON has no comments and no comma at the end.",
    });
  }
}
