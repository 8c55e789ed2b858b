import type { FieldGroup } from "../../lib/playground/fields.ts";
import type { SourceChoice } from "../../lib/playground/sources.ts";
import { DataPicker } from "./DataPicker.tsx";
import { OwnText } from "./OwnText.tsx";
import { RecipeForm } from "./RecipeForm.tsx";
import { RecipeJson } from "./RecipeJson.tsx";
import { type TokenizerChoice, TokenizerPicker } from "./TokenizerPicker.tsx";
import type { Draft } from "./use_draft.ts";

interface Props {
  draft: Draft;
  fields: FieldGroup[];
  choices: SourceChoice[];
  tokenizers: TokenizerChoice[];
  disabled: boolean;
  onText: (text: { sha256: string; byteLength: number }) => void;
}

/** All of a recipe: data, tokens, every field, and the same as JSON. */
export function RecipeParts(props: Props) {
  const { draft, fields, choices, tokenizers, disabled, onText } = props;
  return (
    <>
      <details data-recipe-part="data">
        <summary>Data and tokens</summary>
        <div class="inside">
          <DataPicker {...{ choices, draft, disabled }} />
          <OwnText disabled={disabled} onReady={onText} />
          <TokenizerPicker choices={tokenizers} {...{ draft, disabled }} />
        </div>
      </details>
      <details data-recipe-part="form">
        <summary>
          Recipe <span class="muted">every field, explained</span>
        </summary>
        <div class="inside">
          <RecipeForm groups={fields} {...{ draft, disabled }} />
        </div>
      </details>
      <details data-recipe-part="json">
        <summary>
          Recipe as JSON <span class="muted">the same, to paste and to copy</span>
        </summary>
        <div class="inside">
          <RecipeJson {...{ draft, disabled }} />
        </div>
      </details>
    </>
  );
}
