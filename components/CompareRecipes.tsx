import type { Entry } from "../lib/storage/entry_schema.ts";
import { recipeOrNull } from "../lib/verification/parse_recipe.ts";
import { type Recipe, rowsPerStep } from "../lib/verification/recipe.ts";
import { LETTERS, ModelLetter } from "./CompareView.tsx";
import {
  formatDuration,
  formatFlops,
  formatInstant,
  formatInteger,
  formatLoss,
  UNKNOWN,
} from "./format.ts";
import { CurveKey, LossChart, lossPoints } from "./LossCurve.tsx";
import { type Fact, recipeFacts } from "./RecipeView.tsx";
import { stateWord } from "./states.ts";
import { TableBox } from "./TableBox.tsx";
import { TRAINED_IN_WORDS } from "./trained_in_words.ts";

/** What differs between the models and their recipes, and below it what is the same. */
export function CompareRecipes({ entries }: { entries: readonly Entry[] }) {
  const rows = factRows(entries);
  const same = rows.filter(({ values }) => values.every((value) => value === values[0]));
  const different = rows.filter((row) => !same.includes(row));
  return (
    <>
      <TableBox label="What differs">
        <table class="stack compared differences">
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">Of the model</span>
              </th>
              {entries.map(({ id, name }, i) => (
                <th key={id} scope="col">
                  <ModelLetter place={i} /> {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {different.map(({ term, values }) => (
              <tr key={term}>
                <th scope="row">{term}</th>
                {values.map((value, i) => (
                  <td key={i} data-label={`${LETTERS[i]} ${entries[i].name}`}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {same.length > 0 && <SameInAll rows={same} />}
    </>
  );
}

function SameInAll({ rows }: { rows: readonly FactRow[] }) {
  return (
    <details class="below">
      <summary>
        The same in all <span class="muted">{rows.length}</span>
      </summary>
      <dl class="facts inside">
        {rows.map(({ term, values }) => [
          <dt key={term}>{term}</dt>,
          <dd key={`${term}-value`}>{values[0]}</dd>,
        ])}
      </dl>
    </details>
  );
}

interface FactRow {
  term: string;
  /** One for each model. */
  values: string[];
}

function factRows(entries: readonly Entry[]): FactRow[] {
  const facts = entries.map((entry) => new Map([...entryFacts(entry), ...declared(entry)]));
  const terms = new Set(facts.flatMap((known) => [...known.keys()]));
  return [...terms].map((term) => ({
    term,
    values: facts.map((known) => known.get(term) ?? UNKNOWN),
  }));
}

function entryFacts(entry: Entry): Fact[] {
  return [
    ["Author", entry.author],
    ["Proof", stateWord(entry.provenance).word],
    ["Parameters", entry.parameters === null ? UNKNOWN : formatInteger(entry.parameters)],
    ["Training FLOPs, computed", formatFlops(entry.training_flops)],
    ["Training time, self-reported", formatDuration(entry.self_reported_ms)],
    ["Trained, self-reported", entry.trained_in ? TRAINED_IN_WORDS[entry.trained_in] : UNKNOWN],
    ["Stored as", entry.dtype ?? UNKNOWN],
    ["Submitted", formatInstant(entry.created_at)],
  ];
}

function declared({ recipe }: Entry): Fact[] {
  const parsed = recipe === null ? null : recipeOrNull(recipe);
  return parsed ? recipeFacts(parsed) : [["Recipe", "none"]];
}

/** The training losses over one another: over tokens where all recipes are known, else over steps. */
export function CompareCurves({ entries }: { entries: readonly Entry[] }) {
  const curves = entries.map((entry, i) => ({
    entry,
    place: i,
    points: lossPoints(entry.loss_history),
    recipe: entry.recipe === null ? null : recipeOrNull(entry.recipe),
  })).filter(({ points }) => points.length > 1);
  if (curves.length < 2) return null;
  const overTokens = curves.every(({ recipe }) => recipe !== null);
  const tokens = new Set(curves.map(({ recipe }) => JSON.stringify(recipe?.tokenizer)));
  return (
    <section>
      <h2>How they learned</h2>
      <figure class="panel">
        <LossChart
          label={`Training loss of ${curves.map(({ entry }) => entry.name).join(", ")}`}
          xLabel={overTokens ? "Training tokens" : "Steps"}
          series={curves.map(({ points, place, recipe }) => ({
            points: overTokens ? points.map((point) => inTokens(point, recipe!)) : points,
            look: `c${place + 1}`,
          }))}
        />
        <figcaption>
          <ul class="key-list">
            {curves.map(({ entry, place, points }) => (
              <li key={entry.id}>
                <CurveKey look={`c${place + 1}`} /> <ModelLetter place={place} />{" "}
                {entry.name}, at last {formatLoss(points.at(-1)!.loss)}
              </li>
            ))}
          </ul>
          Training loss in nats per token, read from the files.{" "}
          {tokens.size > 1 && "Their tokens differ, so the heights of these curves do not compare."}
        </figcaption>
      </figure>
    </section>
  );
}

function inTokens({ step, loss }: { step: number; loss: number }, recipe: Recipe) {
  return { step: step * rowsPerStep(recipe) * recipe.model.ctx, loss };
}
