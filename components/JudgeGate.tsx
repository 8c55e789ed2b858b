import type { CriterionGate } from "../lib/lab/judge/gate.ts";
import { Coefficient } from "./LabAgreement.tsx";
import { TableBox } from "./TableBox.tsx";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const WORDS: Record<CriterionGate["verdict"], string> = {
  passed: "passed",
  "passed, barely": "passed, its interval reaches below",
  failed: "failed",
  "too few": "too few to tell",
};

/** By criterion, how often a judge gave the score that people gave without seeing it. */
export function JudgeGate({ gate, name }: { gate: readonly CriterionGate[]; name: string }) {
  return (
    <TableBox label={`Gate of ${name}`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Criterion</th>
            <th scope="col" class="num">Equal, of pairs</th>
            <th scope="col" class="num">Agreement</th>
            <th scope="col" class="num">95 %</th>
            <th scope="col" class="num">κ</th>
            <th scope="col">Gate</th>
          </tr>
        </thead>
        <tbody>
          {gate.map(({ category, label, pairs, agreed, agreement, interval, ...rest }) => (
            <tr key={`${category} ${label}`}>
              <th scope="row">{category} {label}</th>
              <td class="num" data-label="Equal, of pairs">{agreed} of {pairs}</td>
              <td class="num" data-label="Agreement">
                {agreement === null ? "–" : percent(agreement)}
              </td>
              <td class="num" data-label="95 %">
                {interval === null ? "–" : interval.map(percent).join(" to ")}
              </td>
              <td class="num" data-label="κ">
                <Coefficient value={rest.kappa} interval={rest.kappaInterval} />
              </td>
              <td data-label="Gate">{WORDS[rest.verdict]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
