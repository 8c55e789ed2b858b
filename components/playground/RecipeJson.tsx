import { ProblemNote } from "../Problem.tsx";
import type { Draft } from "./use_draft.ts";

/** The recipe as text, with what is wrong in it below. */
export function RecipeJson({ draft, disabled }: { draft: Draft; disabled: boolean }) {
  const { text, problem } = draft;
  return (
    <div class="field">
      <label for="recipe-json">Recipe as JSON</label>
      <textarea
        id="recipe-json"
        class="code"
        rows={24}
        spellcheck={false}
        autocomplete="off"
        disabled={disabled}
        value={text}
        aria-invalid={problem ? "true" : undefined}
        onInput={(event) => draft.setText(event.currentTarget.value)}
      />
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}
