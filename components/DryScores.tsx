import { useState } from "preact/hooks";
import type { Unit } from "../lib/benchmarks/benchmark.ts";
import type { OfferedBenchmark } from "./BenchmarkChoices.tsx";
import { ExampleTable } from "./ExampleTable.tsx";
import { formatDuration, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";
import type { TabScore } from "./TabScores.tsx";
import { type ModelCosts, pictureAddress, type Place, placeInWords } from "./would_rank.ts";

interface Props {
  scores: TabScore[];
  places: Record<string, Place>;
  /** Of the model. */
  costs: ModelCosts;
  benchmarks: OfferedBenchmark[];
}

/** Scores of this tab, where each would stand on the board, and the examples behind them. */
export function DryScores({ scores, places, costs, benchmarks }: Props) {
  const known = scores.flatMap((score) => {
    const benchmark = benchmarks.find(({ id }) => id === score.id);
    return benchmark ? [{ score, benchmark }] : [];
  });
  return (
    <>
      <TableBox label="Scores of this tab">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Benchmark</th>
              <th scope="col" class="num">Score</th>
              <th scope="col">On the board as it is</th>
              <th scope="col" class="num">Time</th>
            </tr>
          </thead>
          <tbody>
            {known.map((one) => (
              <ScoreRow key={one.score.id} {...one} costs={costs} place={places[one.score.id]} />
            ))}
          </tbody>
        </table>
      </TableBox>
      {known.filter(({ score }) => score.examples.length > 0).map((one) => (
        <Examples key={one.score.id} {...one} />
      ))}
    </>
  );
}

interface RowProps {
  score: TabScore;
  benchmark: OfferedBenchmark;
  place: Place | undefined;
  costs: ModelCosts;
}

function ScoreRow({ score: { id, score, reason, wallMs }, benchmark, place, costs }: RowProps) {
  const { name, unit } = benchmark;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="num score">{formatScore(score, unit)}</td>
      <td data-place={id}>
        {score === null ? reason : placeInWords(place, unit)}
        {score !== null && place && (
          <>
            {" "}
            <a href={pictureAddress(id, score, costs)}>
              In the picture <span class="visually-hidden">of {name}</span>
            </a>
          </>
        )}
      </td>
      <td class="num">{formatDuration(wallMs)}</td>
    </tr>
  );
}

/** Rendered once they are asked for: a benchmark has hundreds. */
function Examples({ score, benchmark }: { score: TabScore; benchmark: OfferedBenchmark }) {
  const [open, setOpen] = useState(false);
  const { name, unit } = benchmark;
  return (
    <details
      data-examples={score.id}
      onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        {name}: each example <span class="muted">{score.examples.length}</span>
      </summary>
      {open && <ExampleTable benchmark={{ name, unit: unit as Unit }} examples={score.examples} />}
    </details>
  );
}
