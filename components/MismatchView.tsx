import { type ModelConfig, tensorSpecs } from "../lib/format/config.ts";
import type {
  Chain,
  LeafDifference,
  TensorDifference,
  VerificationResult,
} from "../lib/verification/types.ts";
import { formatInteger } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

interface Props {
  result: VerificationResult;
  chain: Chain | null;
  config: ModelConfig | null;
}

/** Where a replay and a file part: the checkpoint, then tensor by tensor. */
export function MismatchView({ result, chain, config }: Props) {
  const { firstDivergentStep: step, weightDifference: found } = result;
  if (step === null) return null;
  return (
    <section id="difference">
      <h2>Where they part</h2>
      <p class="prose">
        {intervalWords(step, chain)} {result.reasons.join(" ")}
      </p>
      {result.leafDifference && <LeafHashes difference={result.leafDifference} />}
      {found && (
        <p class="prose">
          First <code>{place(found.tensor, found.index, config)}</code>: the file has{" "}
          <code>{String(found.claimed)}</code>, the replay <code>{String(found.recomputed)}</code>,
          {" "}
          {Math.abs(found.claimed - found.recomputed).toPrecision(3)} apart.{" "}
          {formatInteger(found.differing)}{" "}
          {found.differing === 1 ? "value differs" : "values differ"} in all.
        </p>
      )}
      {!found && step > 0 && (
        <p class="prose muted">
          A checkpoint before the end is a hash in the file, so which weights differ there nobody
          can tell; the steps can.
        </p>
      )}
      {found?.tensors && <Tensors tensors={found.tensors} config={config} />}
    </section>
  );
}

/** What the file says of the checkpoint and what the replay found, digit under digit. */
function LeafHashes({ difference: { leaf, claimed, recomputed } }: { difference: LeafDifference }) {
  return (
    <dl class="facts sample" data-leaf-difference={leaf}>
      <dt>Checkpoint {leaf} in the file</dt>
      <dd>
        <code class="digest">{claimed ?? "none: the file's run ends before"}</code>
      </dd>
      <dt>As the replay found it</dt>
      <dd>
        <code class="digest">{recomputed ?? "none: the replay ends before"}</code>
      </dd>
    </dl>
  );
}

function intervalWords(step: number, chain: Chain | null): string {
  const at = chain?.leafSteps.indexOf(step) ?? -1;
  if (!chain || at < 0) return `The first difference stands at step ${formatInteger(step)}.`;
  const named = `Checkpoint ${at} of ${chain.leaves.length - 1} (step ${formatInteger(step)})`;
  if (at === 0) return `${named}, before any training, is the first that differs.`;
  const before = formatInteger(chain.leafSteps[at - 1]);
  return `${named} is the first that differs; the one before, of step ${before}, is the same. What made the difference happened in the ${
    formatInteger(step - chain.leafSteps[at - 1])
  } steps between.`;
}

/** "blocks.0.mlp.up[3, 17]": rows and columns, where the shape is known. */
export function place(tensor: string, index: number, config: ModelConfig | null): string {
  const shape = shapeOf(tensor, config)?.shape ?? [];
  if (shape.length !== 2) return `${tensor}[${index}]`;
  return `${tensor}[${Math.floor(index / shape[1])}, ${index % shape[1]}]`;
}

/** Moments go by the name of their tensor and what they are: "head (m)". */
function shapeOf(tensor: string, config: ModelConfig | null) {
  if (config === null) return undefined;
  const name = tensor.replace(/ \([mv]\)$/, "");
  return tensorSpecs(config).find((spec) => spec.name === name);
}

function Tensors(
  { tensors, config }: { tensors: readonly TensorDifference[]; config: ModelConfig | null },
) {
  const largest = Math.max(...tensors.map((tensor) => tensor.largest));
  return (
    <TableBox label="Tensors that differ">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Tensor</th>
            <th scope="col" class="num">Values that differ</th>
            <th scope="col" class="num">Of all</th>
            <th scope="col" class="num">By at most</th>
            <th scope="col" class="share">Beside the largest</th>
          </tr>
        </thead>
        <tbody>
          {tensors.map((each) => {
            const size = shapeOf(each.tensor, config)?.size;
            return (
              <tr key={each.tensor}>
                <th scope="row">
                  <code>{each.tensor}</code>
                </th>
                <td class="num" data-label="Values that differ">{formatInteger(each.differing)}</td>
                <td class="num" data-label="Of all">
                  {size === undefined ? "–" : `${(100 * each.differing / size).toPrecision(3)} %`}
                </td>
                <td class="num" data-label="By at most">{each.largest.toPrecision(3)}</td>
                <td class="share">
                  <meter min={0} max={1} value={largest > 0 ? each.largest / largest : 0}>
                    {each.largest.toPrecision(3)}
                  </meter>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}
