import type { ComparedEntries, ComparedScores } from "../lib/submissions/compare_page.ts";
import type { Comparison } from "../lib/benchmarks/compare.ts";
import { formatInterval, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** Every benchmark both models have a score on: scores, difference, and what can be said of it. */
export function CompareTable({ a, b, scores }: ComparedEntries) {
  const names = { a: a.name, b: b.name };
  return (
    <TableBox label={`${a.name} and ${b.name}`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            <th scope="col" class="num">{a.name}</th>
            <th scope="col" class="num">{b.name}</th>
            <th scope="col">
              Difference<small>95 % interval</small>
            </th>
            <th scope="col">What can be said</th>
          </tr>
        </thead>
        <tbody>
          {scores.map((compared) => (
            <CompareLine
              key={`${compared.benchmark.id}@${compared.benchmark.version}`}
              compared={compared}
              names={names}
            />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function CompareLine(
  { compared, names }: { compared: ComparedScores; names: { a: string; b: string } },
) {
  const { benchmark, a, b, comparison, reason } = compared;
  const scoreCell = (score: typeof a, name: string) => (
    <td class="num score-cell" data-label={name}>
      <span class="score">{formatScore(score.score, benchmark.unit)}</span>
      <small>{formatInterval(score.interval_low, score.interval_high, benchmark.unit)}</small>
    </td>
  );
  return (
    <tr>
      <th scope="row">
        {benchmark.name}
        <small class="version">
          v{benchmark.version}
          {benchmark.ranked ? "" : ", for comparison"}
        </small>
      </th>
      {scoreCell(a, names.a)}
      {scoreCell(b, names.b)}
      {comparison === null ? <td colSpan={2} class="muted">{reason}</td> : (
        <>
          <td class="score-cell" data-label="Difference">
            <span class="score">{formatDifference(comparison)}</span>
            <small>{comparison.unit}, {formatDifferenceInterval(comparison)}</small>
          </td>
          <td class="score-cell">
            <strong>
              {comparison.better === null ? "A tie" : `${names[comparison.better]} is better`}
            </strong>
            <small>{evidence(comparison)}</small>
          </td>
        </>
      )}
    </tr>
  );
}

function evidence(comparison: Comparison): string {
  if (comparison.method === "paired bootstrap") {
    const share = (100 * comparison.shareABetter).toFixed(1);
    return `The first is better in ${share} % of 1000 resamples of the same examples.`;
  }
  const { onlyA, onlyB } = comparison.counts;
  return `Only the first is right ${onlyA} times, only the second ${onlyB} times: ` +
    `p = ${comparison.pValue.toPrecision(2)} by McNemar's exact test.`;
}

/** With its sign, A minus B. */
function formatDifference({ difference, unit }: Comparison): string {
  return signed(difference, unit === "nats per byte" ? 4 : 1);
}

function formatDifferenceInterval({ interval, unit }: Comparison): string {
  const digits = unit === "nats per byte" ? 4 : 1;
  return interval.map((end) => signed(end, digits)).join(" to ");
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return value < 0 ? `−${text}` : `+${text}`;
}
