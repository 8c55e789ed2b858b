// The columns of a board beside rank, model and score: what each is called and shows.

import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { BoardRow } from "../lib/leaderboard/store.ts";
import type { Sort } from "../lib/leaderboard/orders.ts";
import { type Column, efficiency } from "../lib/leaderboard/view.ts";
import {
  formatAge,
  formatDuration,
  formatFlops,
  formatInteger,
  formatParameters,
  formatSignificant,
  UNKNOWN,
} from "./format.ts";
import { type Markup, markup } from "./markup.ts";
import { stateMarkup } from "./StateBadge.tsx";

/** What the rows of one table have in common. */
export interface TableContext {
  benchmark: Benchmark;
  now: Date;
}

export interface ColumnLook {
  label: string;
  /** Below the label. */
  note?: string;
  /** What the figure means, in full. */
  title?: (benchmark: Benchmark) => string;
  sort?: Sort;
  className?: string;
  /** Of its value where a row is shown as a card; without it the value stands alone. */
  cardLabel?: string;
  cell: (row: BoardRow, context: TableContext) => Markup | string;
}

/** What a model has for its cost, in words. */
function gainOf({ unit }: Benchmark): string {
  return unit === "%" ? "Score in %" : "Bits saved per byte (8 − log₂ perplexity)";
}

function seedCell({ entryId, tickets, provenance }: BoardRow): Markup | string {
  if (provenance === "external") return UNKNOWN;
  if (tickets === null) return "free seed";
  const words = tickets === 1 ? "a ticket" : `1 of ${formatInteger(tickets)} tickets`;
  return markup`<a href="/models/${entryId}#seed">${words}</a>`;
}

export const BOARD_COLUMNS: Record<Column, ColumnLook> = {
  parameters: {
    label: "Parameters",
    sort: "parameters",
    className: "num",
    cardLabel: "Parameters",
    cell: (row) => formatParameters(row.parameters),
  },
  "score-per-parameter": {
    label: "Per parameter",
    note: "score per million",
    title: (benchmark) => `${gainOf(benchmark)}, divided by millions of parameters`,
    sort: "score-per-parameter",
    className: "num",
    cardLabel: "Score per million parameters",
    cell: (row, { benchmark }) =>
      formatSignificant(efficiency(row, benchmark).perMillionParameters),
  },
  flops: {
    label: "Training FLOPs",
    note: "computed",
    sort: "flops",
    className: "num",
    cardLabel: "Training FLOPs",
    cell: (row) => formatFlops(row.trainingFlops),
  },
  "score-per-flop": {
    label: "Per FLOP",
    note: "score per 10¹²",
    title: (benchmark) => `${gainOf(benchmark)}, divided by training FLOPs in units of 10¹²`,
    sort: "score-per-flop",
    className: "num",
    cardLabel: "Score per 10¹² FLOPs",
    cell: (row, { benchmark }) => formatSignificant(efficiency(row, benchmark).perTeraflop),
  },
  time: {
    label: "Training time",
    note: "self-reported",
    sort: "time",
    className: "num",
    cardLabel: "Time, self-reported",
    cell: (row) => formatDuration(row.selfReportedMs),
  },
  proof: {
    label: "Proof",
    sort: "proof",
    className: "proof",
    cardLabel: "Proof",
    cell: (row) =>
      stateMarkup({ state: row.provenance, count: row.exactCount, sample: row.sample }),
  },
  seed: {
    label: "Seed",
    title: () => "Drawn by the board for a recipe that was fixed before, or chosen by the author",
    sort: "seed",
    className: "nowrap",
    cardLabel: "Seed",
    cell: seedCell,
  },
  age: {
    label: "Age",
    sort: "age",
    className: "nowrap",
    cardLabel: "Age",
    cell: ({ createdAt }, { now }) =>
      markup`<time datetime="${createdAt.toISOString()}">${formatAge(createdAt, now)}</time>`,
  },
  try: {
    label: "Try it",
    cell: ({ entryId, name }) => {
      const of = markup`<span class="visually-hidden">: ${name}</span>`;
      return markup`<a class="nowrap" href="/playground/generate?entry=${entryId}">Try it${of}</a>`;
    },
  },
};
