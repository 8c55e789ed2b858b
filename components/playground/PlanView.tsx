import type { ComponentChildren } from "preact";
import { estimateMs } from "../../lib/playground/speed.ts";
import { formatAge, formatBytes, formatDuration, formatFlops, formatInteger } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { Term } from "./Term.tsx";
import type { Bench } from "./use_bench.ts";
import type { Measured } from "./kept_calibration.ts";

type Props = Pick<Bench, "draft" | "speed" | "busy">;

/** What the recipe would cost here, or what is wrong with it. */
export function PlanView({ draft: { plan, problem }, speed, busy }: Props) {
  if (problem) return <ProblemNote problem={problem} />;
  if (!plan) return <p class="muted" role="status">Looking at the recipe</p>;
  const { calibration } = speed;
  const { parameters, flops, tokens, memoryBytes, recipe } = plan;
  const ms = calibration && estimateMs({ flops, width: recipe.model.dModel }, calibration);
  const time = ms === null ? "–" : `about ${formatDuration(ms)}`;
  return (
    <>
      <dl class="figures plan">
        <Figure name={<Term id="weights">Weights</Term>} value={formatInteger(parameters)} />
        <Figure name={<Term id="token">Tokens</Term>} value={formatInteger(tokens)} />
        <Figure name={<Term id="flops" />} value={formatFlops(flops)} />
        <Figure name="Memory" value={formatBytes(memoryBytes)} />
        <div data-estimate-ms={ms === null ? undefined : Math.round(ms)}>
          <dt>Time here</dt>
          <dd>{speed.measuring ? "measuring …" : time}</dd>
        </div>
      </dl>
      <Measurement {...{ speed, busy }} />
      {!plan.provable && (
        <p class="note warn">
          The board does not train so much again: a model of this recipe is scored there, and stays
          without proof.
        </p>
      )}
    </>
  );
}

function Figure({ name, value }: { name: ComponentChildren; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Where the times come from. */
function Measurement({ speed, busy }: Pick<Props, "speed" | "busy">) {
  const { calibration, measuring, measure } = speed;
  return (
    <p class="actions">
      <button
        class="button quiet small"
        type="button"
        disabled={measuring || busy}
        onClick={() => void measure()}
      >
        {calibration ? "Measure again" : "Measure this machine"}
      </button>
      <span class="muted small" role="status" data-measured={calibration ? "" : undefined}>
        {measuring ? "Training on this machine for one second …" : measuredWords(calibration)}
      </span>
    </p>
  );
}

function measuredWords(measured: Measured | null): string {
  if (measured === null) return "Times appear after a second of training on this machine.";
  const { threads, atMs } = measured;
  const crew = threads === 1 ? "one thread" : `${threads} threads`;
  return `Times measured on this machine ${formatAge(new Date(atMs), new Date())}, with ${crew}.`;
}
