import { describeArchitecture } from "../lib/format/architecture.ts";
import { type EarlyStop, type Recipe, rowsPerStep } from "../lib/verification/recipe.ts";
import CopyText from "../islands/CopyText.tsx";
import { formatCount, formatInteger, shortDigest } from "./format.ts";

/** A recipe for reading, with the canonical document below it. */
export function RecipeView({ recipe, hash, entryId }: {
  recipe: Recipe;
  hash: string | null;
  entryId: string;
}) {
  return (
    <>
      <dl class="facts">
        {recipeFacts(recipe).map(([term, value]) => [
          <dt key={term}>{term}</dt>,
          <dd key={`${term}-value`}>{value}</dd>,
        ])}
        {hash && <dt>Recipe hash</dt>}
        {hash && (
          <dd>
            <code class="digest">{hash}</code>
          </dd>
        )}
      </dl>
      <p class="actions">
        <a class="button quiet" href={`/models/${entryId}/recipe.json`} download>
          Download recipe.json
        </a>
        <CopyText from="recipe-json" what="the recipe as JSON" label="Copy the recipe" />
        <a class="button quiet" href={`/recipe?model=${entryId}`}>Check or change it</a>
      </p>
      <details>
        <summary>The recipe as JSON</summary>
        <pre id="recipe-json" class="inside" tabIndex={0}>{JSON.stringify(recipe, null, 2)}</pre>
      </details>
    </>
  );
}

/** Something of a recipe in words. */
export type Fact = [term: string, value: string];

function decayMask(mask: Recipe["optimizer"]["weightDecayMask"]): string {
  if (mask === "all") return " of all weights";
  return mask === "no-embeddings" ? " except of embeddings" : "";
}

/** What a recipe says, in words. */
export function recipeFacts(recipe: Recipe): Fact[] {
  const { model, optimizer, optimizer: { schedule } } = recipe;
  const shape = [
    formatCount(model.layers, "layer"),
    `width ${model.dModel}`,
    formatCount(model.heads, "head"),
    `MLP ${model.dMlp}`,
    `context ${model.ctx}`,
  ];
  const warmUp = schedule.warmupSteps > 0
    ? `, ${formatInteger(schedule.warmupSteps)} warm-up steps`
    : "";
  const decay = schedule.name === "constant" ? "" : ` to ${schedule.minLearningRate}`;
  const most = recipe.earlyStop === undefined ? "" : "at most ";
  const last = schedule.decaySteps === undefined
    ? ""
    : ` over the last ${formatInteger(schedule.decaySteps)} steps`;
  return [
    ["Shape", shape.join(", ")],
    ["Architecture", describeArchitecture(model)],
    ["Tokens", tokenizerText(recipe.tokenizer)],
    ["Data", recipe.data.map(dataText).join("; ")],
    [
      "Steps",
      `${most}${formatInteger(recipe.steps)} of ${rowsPerStep(recipe)} × ${model.ctx} tokens`,
    ],
    ["Learning rate", `${optimizer.learningRate}, ${schedule.name}${decay}${last}${warmUp}`],
    [
      "AdamW",
      `β ${optimizer.beta1} and ${optimizer.beta2}, ε ${optimizer.epsilon}, weight decay ${optimizer.weightDecay}${
        decayMask(optimizer.weightDecayMask)
      }, clipping at ${optimizer.gradClip}`,
    ],
    ...optimizer.muon === undefined ? [] : [[
      "Muon",
      `learning rate ${optimizer.muon.learningRate}, momentum ${optimizer.muon.momentum}, for the matrices of the blocks`,
    ] as Fact],
    ...optimizer.zLoss === undefined ? [] : [["z-loss", String(optimizer.zLoss)] as Fact],
    ...recipe.earlyStop === undefined
      ? []
      : [["Early stop", earlyStopText(recipe.earlyStop)] as Fact],
    ["Seed", String(recipe.seed)],
    ["Contract", `${recipe.spec}, engine ${shortDigest(recipe.engine)}…`],
  ];
}

function tokenizerText(tokenizer: Recipe["tokenizer"]): string {
  if (tokenizer === "bytes") return "bytes";
  const { vocabSize, maxEntryBytes, trainedOn, sha256 } = tokenizer;
  return `byte-pair encoding, ${
    formatInteger(vocabSize)
  } entries of up to ${maxEntryBytes} bytes, trained on ${trainedOn.corpus}, merges ${
    shortDigest(sha256)
  }…`;
}

function earlyStopText({ dev, interval, patience, minDelta }: EarlyStop): string {
  const set = "corpus" in dev
    ? `the last ${formatInteger(dev.bytes)} bytes of ${dev.corpus}`
    : `${formatInteger(dev.rows)} examples of ${dev.generator}`;
  const least = minDelta === 0 ? "" : ` by more than ${minDelta}`;
  return `evaluated on ${set} every ${
    formatInteger(interval)
  } steps, ends after ${patience} in a row that did not lower the loss${least}`;
}

function dataText(source: Recipe["data"][number]): string {
  if ("corpus" in source) return `${source.corpus} (weight ${source.weight})`;
  const params = Object.entries(source.params).map(([key, value]) => `${key} ${value}`).join(", ");
  return `generator ${source.generator} v${source.version}${
    params && `: ${params}`
  } (weight ${source.weight})`;
}
