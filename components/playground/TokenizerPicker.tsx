import { valueAt, withValueAt } from "../../lib/playground/draft.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import type { Draft } from "./use_draft.ts";

export interface TokenizerChoice {
  name: string;
  tokenizer: Recipe["tokenizer"];
}

/** What a token is. Others than these: `deno task cli tokenizer` prints them for the JSON. */
export function TokenizerPicker(
  { choices, draft, disabled }: { choices: TokenizerChoice[]; draft: Draft; disabled: boolean },
) {
  const now = JSON.stringify(valueAt(draft.value, "tokenizer"));
  const index = choices.findIndex(({ tokenizer }) => JSON.stringify(tokenizer) === now);
  return (
    <fieldset class="recipe-group" disabled={disabled}>
      <legend>Tokens</legend>
      <label class="field">
        <span class="label">Cut into</span>
        <select
          value={index}
          onChange={(event) => {
            const chosen = choices[Number(event.currentTarget.value)];
            if (!chosen) return;
            const { tokenizer } = chosen;
            const size = tokenizer === "bytes" ? 256 : tokenizer.vocabSize;
            const next = withValueAt(draft.value, "tokenizer", tokenizer);
            draft.set(withValueAt(next, "model.vocabSize", size));
          }}
        >
          {index < 0 && <option value={-1}>as the JSON says</option>}
          {choices.map(({ name }, i) => <option key={name} value={i}>{name}</option>)}
        </select>
      </label>
      <p class="hint">
        Pieces of words make text shorter and the table of tokens larger. The command line makes
        other vocabularies: deno task cli tokenizer.
      </p>
    </fieldset>
  );
}
