// Reads a recipe that a person wrote, with what may be left out filled in. Knows no file and no page.

import { ValidationError } from "../errors.ts";
import { parseRecipe, type Recipe } from "./recipe.ts";

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
  if (text.length > MAX_RECIPE_TEXT) {
    throw new ValidationError("This is too long for a recipe", {
      path: "recipe",
      expected: `at most ${MAX_RECIPE_TEXT} characters`,
      got: `${text.length}`,
      fix: "Send the recipe alone; a corpus is named by its hash, not copied into it.",
    });
  }
  return completeRecipe(parseJson(text), defaults);
}

/** @throws {ValidationError} naming the field that is wrong. */
export function completeRecipe(value: unknown, defaults: RecipeDefaults): Recipe {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return parseRecipe(isObject ? { ...defaults, ...value } : value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ValidationError("This is not JSON", {
      path: "recipe",
      expected: 'a JSON object such as { "spec": "exact/1", … }',
      got: text.trim() === "" ? "nothing" : placed((error as Error).message, text),
      fix: "Check commas and quotation marks there; JSON has no comments and no comma at the end.",
    });
  }
}

/** The parser's words, with the line and column of the character it stopped at. */
function placed(message: string, text: string): string {
  const at = /position (\d+)/.exec(message)?.[1];
  if (at === undefined || /line \d+/.test(message)) return message;
  const before = text.slice(0, Number(at)).split("\n");
  return `${message} (line ${before.length}, column ${before.at(-1)!.length + 1})`;
}
