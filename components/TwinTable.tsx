import { findBenchmark } from "../lib/benchmarks/registry.ts";
import type { TwinScore } from "../lib/storage/entry_schema.ts";
import { formatGap, formatScore } from "./format.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

/** How far one model's public scores are above those on sealed trials of the same kind. */
export function TwinTable({ scores }: { scores: readonly TwinScore[] }) {
  return (
    <TableBox label="Sealed twins">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            <th scope="col">Quarter</th>
            <th scope="col" class="num">On the sealed twin</th>
            <th scope="col" class="num">
              Gap<small>public − sealed, 95 % interval</small>
            </th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {scores.map((score) => (
            <tr key={`${score.benchmark}@${score.version} ${score.period}`}>
              <th scope="row">
                {findBenchmark(score.benchmark, score.version)?.name ?? score.benchmark}
                <small class="version">v{score.version}</small>
              </th>
              <td data-label="Quarter">{score.period}</td>
              <td class="num" data-label="On the sealed twin">
                {formatScore(100 * score.correct / score.trials, "%")}
              </td>
              <td class="num" data-label="Gap">
                {formatGap(score.gap, score.gap_low, score.gap_high)}
              </td>
              <td>
                <Finding score={score} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Finding({ score: { memorised, gap_low } }: { score: TwinScore }) {
  if (memorised) {
    return (
      <>
        <StateBadge state="memorised" /> No rank on this benchmark.
      </>
    );
  }
  if (gap_low > 0) {
    return (
      <>
        <StateBadge state="perhaps-memorised" /> One honest model in forty looks so by chance.
      </>
    );
  }
  return <>No sign of memorised trials.</>;
}
