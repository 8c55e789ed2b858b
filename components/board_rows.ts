// The rows of a board as markup: models with their ranks, and the baselines muted among them.

import type { PlacedBaseline } from "../lib/leaderboard/baselines.ts";
import type { BoardRow } from "../lib/leaderboard/store.ts";
import type { Column } from "../lib/leaderboard/view.ts";
import { authorPath } from "./author_path.ts";
import { bitsMarkup } from "./Bits.tsx";
import { BOARD_COLUMNS, type TableContext } from "./board_columns.ts";
import { formatGap, formatInteger, formatInterval, formatScore } from "./format.ts";
import { type Markup, markup } from "./markup.ts";
import { whiskerDomain, whiskerMarkup } from "./whisker.ts";

export interface BoardBody extends TableContext {
  rows: readonly BoardRow[];
  /** After rank, model and score. */
  columns: readonly Column[];
  /** Of the first row, counted from 1: what ties and baselines go by. */
  place: number;
  baselines: readonly PlacedBaseline[];
  /** Without what is only needed to look at scores closely. */
  short: boolean;
}

/** The content of the table's body. */
export function boardBody(body: BoardBody): Markup {
  const { rows, place, baselines } = body;
  const domain = whiskerDomain(rows, body.benchmark.lowerIsBetter);
  const columns = body.columns.map((column) => BOARD_COLUMNS[column]);
  const cells = columns.map(({ className, cardLabel, cell }) => {
    const kind = className && markup` class="${className}"`;
    const label = cardLabel && markup` data-label="${cardLabel}"`;
    return { opening: markup`<td${kind}${label}>`, cell };
  });
  const lines: Markup[] = [];
  for (const [i, row] of rows.entries()) {
    if (baselines.length > 0) lines.push(...baselinesAt(body, place - 1 + i));
    const more = cells.map(({ opening, cell }) => markup`${opening}${cell(row, body)}</td>`);
    const model = markup`<th scope="row" class="model-cell">${modelName(row)}</th>`;
    const first = row.rank === 1 && markup` class="first"`;
    const score = scoreCell(row, body, domain);
    const pick = !body.short && pickCell(row);
    const rank = rankCell(row, place + i);
    lines.push(markup`<tr${first}>${rank}${model}${score}${more}${pick}</tr>`);
  }
  lines.push(...baselinesAt(body, place - 1 + rows.length));
  return markup`${lines}`;
}

/** The baselines that come after `ahead` ranked models. */
function baselinesAt(
  { baselines, benchmark, columns, short }: BoardBody,
  ahead: number,
): Markup[] {
  const here = baselines.filter((baseline) => baseline.ahead === ahead);
  return here.map(({ name, text, score, interval }) => {
    const note = text === null ? "baseline" : `baseline, counted in ${text}`;
    const rank = markup`<td class="rank"><span class="visually-hidden">no rank</span></td>`;
    const model = markup`<th scope="row" class="model-cell">${name}${small(note)}</th>`;
    const figure = markup`<span class="score">${formatScore(score, benchmark.unit)}</span>`;
    const range = interval && small(formatInterval(...interval, benchmark.unit));
    const scored = markup`<td class="num score-cell" data-label="Score">${figure}${range}</td>`;
    // A whole board has boxes to choose models by, in a column of their own.
    const left = columns.length + (short ? 0 : 1);
    const rest = left > 0 && markup`<td colspan="${left}"></td>`;
    return markup`<tr class="baseline">${rank}${model}${scored}${rest}</tr>`;
  });
}

function small(content: string): Markup {
  return markup`<small>${content}</small>`;
}

/** A box to choose a model for a comparison by. */
function pickCell({ entryId, name }: BoardRow): Markup {
  const label = `Compare ${name}`;
  return markup`<td class="pick"><input type="checkbox" name="models" value="${entryId}" aria-label="${label}"></td>`;
}

/** The rank, and the places of the models it is a tie with. */
function rankCell({ rank, tie }: BoardRow, place: number): Markup {
  const number = rank === null ? "" : formatInteger(rank);
  if (tie === null) return markup`<td class="rank">${number}</td>`;
  const first = place === tie.from && " tie-first", last = place === tie.to && " tie-last";
  const places = markup`<span class="visually-hidden">, a tie, places</span> ${
    formatInteger(tie.from)
  }–${formatInteger(tie.to)}`;
  return markup`<td class="rank tied${first}${last}">${number}<small>${places}</small></td>`;
}

function scoreCell(
  { entryId, score, intervalLow: low, intervalHigh: high, twin }: BoardRow,
  { benchmark: { unit }, short }: Pick<BoardBody, "benchmark" | "short">,
  domain: readonly [number, number],
): Markup {
  const gap = twin && !short &&
    markup`<small><a href="/models/${entryId}#twins">twin gap</a> ${
      formatGap(twin.gap, twin.gapLow, twin.gapHigh)
    }${twin.gapLow > 0 && ", memorised trials?"}</small>`;
  const drawn = score !== null && !short && score <= domain[1];
  const whisker = drawn && whiskerMarkup({ score, low, high, domain });
  const figure = markup`<span class="score">${formatScore(score, unit)}</span>`;
  const interval = small(formatInterval(low, high, unit));
  return markup`<td class="num score-cell" data-label="Score">${figure}${interval}${gap}${whisker}</td>`;
}

type Named = Pick<BoardRow, "entryId" | "name" | "author" | "featured" | "modelDigest">;

/** The name, linked, with its author and the picture of its weights. */
export function modelName({ entryId, name, author, featured, modelDigest }: Named): Markup {
  const bits = modelDigest && bitsMarkup(modelDigest);
  const by = markup`<a class="quiet-link" href="${authorPath(author)}">${author}</a>`;
  const shelf = featured && " · featured";
  return markup`<div class="model-name">${bits}<span><a href="/models/${entryId}">${name}</a><small>${by}${shelf}</small></span></div>`;
}
