import type { CurvePoint } from "../../lib/playground/runs.ts";
import { CurveKey, LossChart } from "../LossCurve.tsx";
import { formatLoss } from "../format.ts";
import { Term } from "./Term.tsx";

interface Named {
  name: string;
  curve: readonly CurvePoint[];
}

/** Looks of the stylesheet, one for each curve. */
const LOOKS = ["", "c2", "c3", "c4"];
export const MOST_COMPARED = LOOKS.length;

/** Training loss, the dev set's where there is one, and the gradient norm below. */
export function RunCurves(
  { curve, dev }: { curve: readonly CurvePoint[]; dev: readonly { step: number; loss: number }[] },
) {
  if (curve.length < 2) return <p class="muted">The curve begins with the second step.</p>;
  const last = curve[curve.length - 1];
  const norms = curve.map(({ step, gradNorm }) => ({ step, loss: gradNorm }));
  return (
    <div class="grid-2">
      <figure>
        <LossChart
          label={`Loss, at last ${formatLoss(last.loss)} nats per token at step ${last.step}`}
          xLabel="Steps"
          series={[{ points: curve }, { points: dev, look: "dev", dots: true }]}
        />
        <figcaption>
          <CurveKey look="" />{" "}
          <Term id="loss">Training loss</Term>, nats per token{dev.length > 0 && (
            <>
              ; <CurveKey look="dev" /> <Term id="dev">dev set</Term>
            </>
          )}
        </figcaption>
      </figure>
      <figure>
        <LossChart
          label={`Gradient norm, at last ${last.gradNorm.toFixed(3)}`}
          xLabel="Steps"
          series={[{ points: norms, look: "norm" }]}
        />
        <figcaption>
          <CurveKey look="norm" /> <Term id="gradient">Gradient norm</Term>
        </figcaption>
      </figure>
    </div>
  );
}

/** Training losses of several runs over each other. */
export function ComparedCurves({ runs }: { runs: readonly Named[] }) {
  const drawn = runs.filter(({ curve }) => curve.length > 1).slice(0, MOST_COMPARED);
  if (drawn.length === 0) return null;
  return (
    <figure data-compared-runs={drawn.length}>
      <LossChart
        label={`Training losses of ${drawn.map(({ name }) => name).join(", ")}`}
        xLabel="Steps"
        series={drawn.map(({ curve }, i) => ({ points: curve, look: LOOKS[i] }))}
      />
      <figcaption>
        <ul class="key-list">
          {drawn.map(({ name, curve }, i) => (
            <li key={i}>
              <CurveKey look={LOOKS[i]} /> {name}, at last{" "}
              {formatLoss(curve[curve.length - 1].loss)}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}
