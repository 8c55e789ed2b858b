import type { Finding } from "../lib/moderation/findings.ts";
import { StateBadge } from "./StateBadge.tsx";

const GATES: Record<string, string> = {
  limits: "Limits and format",
  probes: "Probes",
  contamination: "Evaluation text",
  duplicates: "Same weights",
};

/** What the machine found, one line for each gate. */
export function FindingList({ findings }: { findings: readonly Finding[] }) {
  return (
    <dl class="facts">
      {findings.map(({ gate, passed, detail }) => [
        <dt key={gate}>{GATES[gate] ?? gate}</dt>,
        <dd key={`${gate}-found`} data-gate={gate} data-passed={String(passed)}>
          {passed !== null && <StateBadge state={passed ? "passed" : "failed"} />} {detail}
        </dd>,
      ])}
    </dl>
  );
}
