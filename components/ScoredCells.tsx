import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { authorPath } from "./author_path.ts";
import { formatParameters, formatScore } from "./format.ts";

/** The first cells of a row about one model: name and author, score, parameters. */
export function ScoredCells(
  { benchmark, model }: {
    benchmark: Benchmark;
    model: { entryId: string; name: string; author: string; score: number; parameters: number };
  },
) {
  return (
    <>
      <th scope="row" class="model-cell">
        <a href={`/models/${model.entryId}`}>{model.name}</a>{" "}
        <small class="muted">
          <a class="quiet-link" href={authorPath(model.author)}>{model.author}</a>
        </small>
      </th>
      <td class="num score" data-label="Score">{formatScore(model.score, benchmark.unit)}</td>
      <td class="num" data-label="Parameters">{formatParameters(model.parameters)}</td>
    </>
  );
}
