import type { LossPoint } from "../lib/verification/types.ts";
import { formatInteger } from "./format.ts";
import { CurveKey, LossChart } from "./LossCurve.tsx";

interface Props {
  /** As the file's header says. */
  claimed: readonly LossPoint[];
  /** As the replay found it, as far as it came. */
  recomputed: readonly LossPoint[];
}

/** What two curves share, and where they part. */
export interface CurveGap {
  /** Steps that both have a loss of. */
  shared: number;
  /** The first shared step at which the losses are not the same number; null when there is none. */
  firstStep: number | null;
  /** Where they are farthest apart, in nats; null when nowhere. */
  largest: { step: number; nats: number } | null;
}

/** Losses are compared as bits: a replay that is exact gives the very same numbers. */
export function curveGap({ claimed, recomputed }: Props): CurveGap {
  const known = new Map(claimed.map(({ step, loss }) => [step, loss]));
  const gap: CurveGap = { shared: 0, firstStep: null, largest: null };
  for (const { step, loss } of recomputed) {
    const other = known.get(step);
    if (other === undefined) continue;
    gap.shared++;
    if (Object.is(other, loss)) continue;
    gap.firstStep ??= step;
    const nats = Math.abs(other - loss);
    if (nats > (gap.largest?.nats ?? -1)) gap.largest = { step, nats };
  }
  return gap;
}

/** The losses of the file and those of its replay over each other. */
export function LossComparison({ claimed, recomputed }: Props) {
  if (recomputed.length < 2) return null;
  const gap = curveGap({ claimed, recomputed });
  return (
    <section id="losses">
      <h2>Training loss, claimed and recomputed</h2>
      <figure class="panel">
        <LossChart
          label={`Training loss over steps as the file claims it and as the replay found it. ${
            gapWords(gap)
          }`}
          xLabel="Steps"
          series={[
            { points: claimed },
            ...stretches({ claimed, recomputed }).map((points) => ({
              points,
              look: "c2" as const,
            })),
          ]}
        />
        <figcaption>
          {claimed.length > 0 && (
            <>
              <CurveKey look="" /> Claimed by the file.{" "}
            </>
          )}
          <CurveKey look="c2" /> Recomputed, up to step{" "}
          {formatInteger(recomputed[recomputed.length - 1].step)}, in nats per token.{" "}
          <strong>{gapWords(gap)}</strong>
        </figcaption>
      </figure>
    </section>
  );
}

/** A spot check computes parts of the run: no line is drawn where the file has losses and it none. */
export function stretches({ claimed, recomputed }: Props): LossPoint[][] {
  const found: LossPoint[][] = [];
  let next = 0;
  recomputed.forEach((point, i) => {
    let between = 0;
    while (next < claimed.length && claimed[next].step < point.step) {
      if (i === 0 || claimed[next].step > recomputed[i - 1].step) between++;
      next++;
    }
    if (i === 0 || between > 0) found.push([]);
    found[found.length - 1].push(point);
  });
  return found;
}

function gapWords({ shared, firstStep, largest }: CurveGap): string {
  if (shared === 0) return "The file states no loss to compare.";
  if (firstStep === null || largest === null) {
    return `All ${formatInteger(shared)} values that both have are the same to the last bit.`;
  }
  return `They part at step ${formatInteger(firstStep)} and are farthest apart at step ${
    formatInteger(largest.step)
  }, by ${largest.nats.toPrecision(3)} nats.`;
}
