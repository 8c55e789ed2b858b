import { MAX_RECIPE_TEXT } from "../lib/verification/recipe_text.ts";

/** A recipe to paste or write. */
export function RecipeField(
  { text, hint, invalid }: { text: string; hint: string; invalid: boolean },
) {
  return (
    <div class="field">
      <label for="recipe">Recipe</label>
      <textarea
        id="recipe"
        name="recipe"
        class="code"
        rows={18}
        required
        maxLength={MAX_RECIPE_TEXT}
        spellcheck={false}
        autocomplete="off"
        defaultValue={text}
        aria-describedby="recipe-hint"
        aria-invalid={invalid ? "true" : undefined}
      />
      <p class="hint" id="recipe-hint">{hint}</p>
    </div>
  );
}
