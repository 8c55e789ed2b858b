import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import type { Weights } from "../lib/leaderboard/overall.ts";
import type { OverallEntry } from "../lib/leaderboard/overall_store.ts";
import { modelName } from "./board_rows.ts";
import { formatInteger, formatParameters, formatScore, formatTotal } from "./format.ts";
import { inside, type Markup, markup } from "./markup.ts";
import { stateMarkup } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

/** Entries by their total, with the score on each benchmark; those that count nothing are muted. */
export function OverallTable(
  { rows, weights }: { rows: readonly OverallEntry[]; weights: Weights },
) {
  return (
    <TableBox label="Overall, ranked models">
      <table class={rows.some(({ rank }) => rank > 999) ? "board overall deep" : "board overall"}>
        <thead>
          <tr>
            <th scope="col" class="num">Rank</th>
            <th scope="col">Model</th>
            <th scope="col" class="num">
              Total<small>0 to 100</small>
            </th>
            {RANKED_BENCHMARKS.map(({ id, name }) => (
              <th key={id} scope="col" class={weights[id] > 0 ? "num name" : "num name muted"}>
                <a href={`/leaderboard/${id}`}>{name}</a>
                <small>{weightWords(weights[id])}</small>
              </th>
            ))}
            <th scope="col" class="num">Parameters</th>
            <th scope="col">Proof</th>
          </tr>
        </thead>
        <tbody {...inside(markup`${rows.map((row) => overallLine(row, weights))}`)} />
      </table>
    </TableBox>
  );
}

function weightWords(weight: number): string {
  return weight === 0 ? "not counted" : `weight ${weight}`;
}

function overallLine(row: OverallEntry, weights: Weights): Markup {
  const scores = RANKED_BENCHMARKS.map(({ id, name, unit }) => {
    const muted = weights[id] === 0 && " muted";
    return markup`<td class="num${muted}" data-label="${name}">${
      formatScore(row.scores[id], unit)
    }</td>`;
  });
  const state = stateMarkup({ state: row.provenance, count: row.exactCount, sample: row.sample });
  const cells = [
    markup`<td class="rank">${formatInteger(row.rank)}</td>`,
    markup`<th scope="row" class="model-cell">${modelName(row)}</th>`,
    markup`<td class="num" data-label="Total"><span class="score">${
      formatTotal(row.total)
    }</span></td>`,
    ...scores,
    markup`<td class="num" data-label="Parameters">${formatParameters(row.parameters)}</td>`,
    markup`<td class="proof" data-label="Proof">${state}</td>`,
  ];
  return markup`<tr${row.rank === 1 && markup` class="first"`}>${cells}</tr>`;
}
