import type { Probe } from "../lib/benchmarks/probes.ts";
import { StateBadge } from "./StateBadge.tsx";

const NAMES: Record<Probe, string> = {
  "distribution": "Probabilities sum to one",
  "no-look-ahead": "No look-ahead",
  "determinism": "Same bits every time",
};

/** What each probe found of a model, one line for each. */
export function ProbeList(
  { probes }: { probes: readonly { probe: string; passed: boolean; detail: string }[] },
) {
  return (
    <dl class="facts">
      {probes.map(({ probe, passed, detail }) => [
        <dt key={probe}>{NAMES[probe as Probe] ?? probe}</dt>,
        <dd key={`${probe}-found`} data-probe={probe} data-passed={String(passed)}>
          <StateBadge state={passed ? "passed" : "failed"} /> {detail}
        </dd>,
      ])}
    </dl>
  );
}
