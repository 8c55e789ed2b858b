import type { Benchmark, ExampleResult, SecondaryFigure } from "../lib/benchmarks/benchmark.ts";
import type { Score } from "../lib/storage/schema.ts";
import { float64Hex, formatInteger, formatInterval, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

export interface ScoreOn {
  benchmark: Benchmark;
  score: Score;
}

/** Every score of one model, and its examples behind a disclosure each. */
export function ScoreList({ scores }: { scores: readonly ScoreOn[] }) {
  return (
    <>
      <TableBox label="Scores">
        <table>
          <thead>
            <tr>
              <th scope="col">Benchmark</th>
              <th scope="col" class="num">Score</th>
              <th scope="col" class="num">95 % interval</th>
              <th scope="col">The 64 bits of the score</th>
            </tr>
          </thead>
          <tbody>
            {scores.flatMap(({ benchmark, score }) => [
              <tr key={`${benchmark.id}@${benchmark.version}`}>
                <th scope="row">
                  {benchmark.ranked
                    ? <a href={`/leaderboard/${benchmark.id}`}>{benchmark.name}</a>
                    : benchmark.name}
                  <small class="version">
                    v{benchmark.version}
                    {benchmark.ranked ? "" : ", for comparison"}
                  </small>
                </th>
                {score.score === null
                  ? <td colSpan={3} class="muted">{score.incompatible_reason ?? "No score"}</td>
                  : (
                    <>
                      <td class="num score">{formatScore(score.score, benchmark.unit)}</td>
                      <td class="num">
                        {formatInterval(score.interval_low, score.interval_high, benchmark.unit)}
                      </td>
                      <td>
                        <code>{float64Hex(score.score)}</code>
                      </td>
                    </>
                  )}
              </tr>,
              ...score.secondary.map((figure) => (
                <SecondaryRow
                  key={`${benchmark.id}@${benchmark.version} ${figure.name}`}
                  figure={figure}
                />
              )),
            ])}
          </tbody>
        </table>
      </TableBox>
      <div class="examples">
        {scores.map(({ benchmark, score }) => (
          <Examples
            key={`${benchmark.id}@${benchmark.version}`}
            benchmark={benchmark}
            score={score}
          />
        ))}
      </div>
    </>
  );
}

/** Beside the score above it. */
function SecondaryRow({ figure: { name, value, interval, unit } }: { figure: SecondaryFigure }) {
  return (
    <tr>
      <td class="muted">{name}</td>
      <td class="num">{formatScore(value, unit)}</td>
      <td class="num">{formatInterval(interval[0], interval[1], unit)}</td>
      <td class="muted">beside the score, not ranked</td>
    </tr>
  );
}

function Examples({ benchmark, score }: ScoreOn) {
  const examples = exampleList(score.examples);
  if (examples.length === 0) return null;
  const exactMatch = benchmark.unit === "%";
  const noted = examples.some(({ note }) => note !== undefined);
  return (
    <details>
      <summary>
        Examples of {benchmark.name}{" "}
        <span class="muted">v{benchmark.version}, {examples.length}</span>
      </summary>
      <TableBox label={`Examples of ${benchmark.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col" class="num">No</th>
              <th scope="col">{exactMatch ? "Prompt" : "Text"}</th>
              {exactMatch && <th scope="col">Expected</th>}
              {exactMatch && <th scope="col">Model's answer</th>}
              <th scope="col" class="num">{exactMatch ? "Right" : "Nats per byte"}</th>
              {!exactMatch && <th scope="col" class="num">Bytes</th>}
              {noted && <th scope="col">Remark</th>}
            </tr>
          </thead>
          <tbody>
            {examples.map((example) => (
              <tr
                key={example.index}
                class={exactMatch && example.value === 0 ? "differs" : undefined}
              >
                <td class="num">{example.index + 1}</td>
                <td>
                  <code>{clip(example.prompt)}</code>
                </td>
                {exactMatch && (
                  <td>
                    <code>{example.expected}</code>
                  </td>
                )}
                {exactMatch && (
                  <td>
                    <code>{clip(example.output)}</code>
                  </td>
                )}
                <td class="num">
                  {exactMatch ? (example.value === 1 ? "yes" : "no") : example.value.toFixed(4)}
                </td>
                {!exactMatch && <td class="num">{formatInteger(example.weight)}</td>}
                {noted && <td>{example.note && clip(example.note)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </details>
  );
}

function exampleList(value: unknown): ExampleResult[] {
  return Array.isArray(value) ? value : [];
}

function clip(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
