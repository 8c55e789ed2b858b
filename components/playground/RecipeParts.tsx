import type { FieldGroup } from "../../lib/playground/fields.ts";
import { type Calibration, estimateMs } from "../../lib/playground/speed.ts";
import type { SourceChoice } from "../../lib/playground/sources.ts";
import { formatBytes, formatDuration, formatFlops, formatInteger } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { DataPicker } from "./DataPicker.tsx";
import { OwnText } from "./OwnText.tsx";
import { RecipeForm } from "./RecipeForm.tsx";
import { RecipeJson } from "./RecipeJson.tsx";
import { Term } from "./Term.tsx";
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

/** What the recipe would cost here, or what is wrong with it. */
export function PlanView({ draft, calibration, measuring, onMeasure }: {
  draft: Draft;
  calibration: Calibration | null;
  measuring: boolean;
  onMeasure: () => void;
}) {
  const { plan, problem } = draft;
  if (problem) return <ProblemNote problem={problem} />;
  if (!plan) return <p class="muted" role="status">Looking at the recipe</p>;
  const { parameters, flops, tokens, memoryBytes, recipe } = plan;
  const ms = calibration && estimateMs({ flops, width: recipe.model.dModel }, calibration);
  return (
    <>
      <dl class="figures plan">
        <div>
          <dt>
            <Term id="weights">Weights</Term>
          </dt>
          <dd>{formatInteger(parameters)}</dd>
        </div>
        <div>
          <dt>
            <Term id="token">Tokens</Term>
          </dt>
          <dd>{formatInteger(tokens)}</dd>
        </div>
        <div>
          <dt>
            <Term id="flops" />
          </dt>
          <dd>{formatFlops(flops)}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>{formatBytes(memoryBytes)}</dd>
        </div>
        <div>
          <dt>Time here</dt>
          <dd data-estimate-ms={ms === null ? undefined : Math.round(ms)}>
            {ms === null ? "–" : `about ${formatDuration(ms)}`}
          </dd>
        </div>
      </dl>
      <p class="actions">
        <button class="button quiet small" type="button" disabled={measuring} onClick={onMeasure}>
          {measuring ? "Measuring …" : "Measure this machine, one second"}
        </button>
        <span class="muted small" role="status">
          {calibration &&
            `Measured with ${calibration.threads} ${
              calibration.threads === 1 ? "thread" : "threads"
            }.`}
        </span>
      </p>
      {!plan.provable && (
        <p class="note warn">
          The board does not train so much again: a model of this recipe is scored there, and stays
          without proof.
        </p>
      )}
    </>
  );
}
