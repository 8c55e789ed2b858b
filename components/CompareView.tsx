import type { Score } from "../lib/storage/entry_schema.ts";
import type {
  ComparedEntries,
  ComparedPair,
  ComparedScores,
} from "../lib/submissions/compare_page.ts";
import type { Comparison } from "../lib/benchmarks/compare.ts";
import type { Unit } from "../lib/benchmarks/benchmark.ts";
import { formatInterval, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** What the compared models are called in tables and pictures, in their order. */
export const LETTERS = "ABCD";

/** Every benchmark with the score of each model; of two models also what can be said of them. */
export function CompareScores({ entries, boards }: ComparedEntries) {
  const two = entries.length === 2;
  return (
    <TableBox label="Scores of the compared models">
      <table class="stack compared">
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            {entries.map(({ id, name }, i) => (
              <th key={id} scope="col" class="num">
                <ModelLetter place={i} /> <a href={`/models/${id}`}>{name}</a>
              </th>
            ))}
            {two && <PairHeadings />}
          </tr>
        </thead>
        <tbody>
          {boards.map((board) => (
            <tr key={`${board.benchmark.id}@${board.benchmark.version}`}>
              <BenchmarkName benchmark={board.benchmark} />
              {board.scores.map((score, i) => (
                <ScoreCell
                  key={i}
                  score={score}
                  unit={board.benchmark.unit}
                  label={`${LETTERS[i]} ${entries[i].name}`}
                  standing={standingOf(board, i)}
                />
              ))}
              {two && <PairCells pair={board.pairs[0]} />}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** Every pair of more than two models, benchmark by benchmark. */
export function ComparePairs({ boards }: Pick<ComparedEntries, "boards">) {
  return (
    <>
      {boards.filter(({ pairs }) => pairs.length > 0).map(({ benchmark, pairs }) => (
        <details key={`${benchmark.id}@${benchmark.version}`}>
          <summary>
            {benchmark.name} <small class="version">v{benchmark.version}</small>{" "}
            <span class="muted">· {pairsInWords(pairs)}</span>
          </summary>
          <TableBox label={`Pairs on ${benchmark.name}, version ${benchmark.version}`}>
            <table class="stack">
              <thead>
                <tr>
                  <th scope="col">Pair</th>
                  <PairHeadings />
                </tr>
              </thead>
              <tbody>
                {pairs.map((pair) => (
                  <tr key={`${pair.a}${pair.b}`}>
                    <th scope="row" class="nowrap">
                      <ModelLetter place={pair.a} /> and <ModelLetter place={pair.b} />
                    </th>
                    <PairCells pair={pair} />
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        </details>
      ))}
    </>
  );
}

function pairsInWords(pairs: readonly ComparedPair[]): string {
  const compared = pairs.filter(({ comparison }) => comparison !== null);
  if (compared.length === 0) return "no pair can be compared";
  const different = compared.filter(({ comparison }) => comparison!.better !== null).length;
  const of = `${compared.length} ${compared.length === 1 ? "pair" : "pairs"}`;
  return different === 0 ? `${of}, all ties` : `${different} of ${of} differ`;
}

/** The letter of a model, in the colour of its curve. */
export function ModelLetter({ place }: { place: number }) {
  return <b class={`letter c${place + 1}`}>{LETTERS[place]}</b>;
}

function BenchmarkName({ benchmark }: Pick<ComparedScores, "benchmark">) {
  return (
    <th scope="row">
      {benchmark.name}
      <small class="version">
        v{benchmark.version}
        {benchmark.ranked ? "" : ", for comparison"}
      </small>
    </th>
  );
}

function ScoreCell({ score, unit, label, standing }: {
  score: Score | null;
  unit: Unit;
  label: string;
  standing: "best" | "tie" | null;
}) {
  if (!score) return <td class="num muted" data-label={label}>not scored</td>;
  return (
    <td class="num score-cell" data-label={label}>
      <span class="score">{formatScore(score.score, unit)}</span>
      <small>
        {formatInterval(score.interval_low, score.interval_high, unit)}
        {standing && <span class={`standing ${standing}`}>{standing}</span>}
      </small>
    </td>
  );
}

/** "best" for the best score, "tie" for one that is not shown to be worse; null for all others. */
function standingOf({ benchmark, scores, pairs }: ComparedScores, place: number) {
  const values = scores.map((score) => score?.score ?? null);
  const known = values.filter((value) => value !== null);
  const best = benchmark.lowerIsBetter ? Math.min(...known) : Math.max(...known);
  if (values[place] === null || known.every((value) => value === best)) return null;
  if (values[place] === best) return "best";
  const tied = pairs.some(({ a, b, comparison }) =>
    comparison?.better === null && (a === place || b === place) &&
    (values[a] === best || values[b] === best)
  );
  return tied ? "tie" : null;
}

function PairHeadings() {
  return (
    <>
      <th scope="col">
        Difference<small>95 % interval</small>
      </th>
      <th scope="col">What can be said</th>
    </>
  );
}

function PairCells({ pair }: { pair: ComparedPair | undefined }) {
  if (!pair) return <td colSpan={2} class="muted">Not both have been scored here.</td>;
  const { a, b, comparison, reason } = pair;
  if (comparison === null) return <td colSpan={2} class="muted">{reason}</td>;
  const better = comparison.better === null ? null : LETTERS[comparison.better === "a" ? a : b];
  return (
    <>
      <td class="score-cell" data-label={`Difference, ${LETTERS[a]} − ${LETTERS[b]}`}>
        <span class="score">{formatDifference(comparison)}</span>
        <small>{comparison.unit}, {formatDifferenceInterval(comparison)}</small>
      </td>
      <td class="score-cell said">
        <strong>{better === null ? "A tie" : `${better} is better`}</strong>
        <small>{evidence(comparison, LETTERS[a], LETTERS[b])}</small>
      </td>
    </>
  );
}

function evidence(comparison: Comparison, a: string, b: string): string {
  if (comparison.method === "paired bootstrap") {
    const share = (100 * comparison.shareABetter).toFixed(1);
    return `${a} is better in ${share} % of 1000 resamples of the same examples.`;
  }
  const { onlyA, onlyB } = comparison.counts;
  return `Only ${a} is right ${onlyA} times, only ${b} ${onlyB} times: ` +
    `p = ${comparison.pValue.toPrecision(2)} by McNemar's exact test.`;
}

/** With its sign, the first minus the second. */
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
