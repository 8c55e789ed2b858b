// Rows of a board as a table for spreadsheets, named as in JSON.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import type { OverallEntry } from "../leaderboard/overall_store.ts";
import type { BoardRow } from "../leaderboard/store.ts";
import { type BoardView, type Column, shownColumns } from "../leaderboard/view.ts";
import { csvText } from "./csv.ts";
import { boardRowJson, overallRowJson } from "./views.ts";

type Field = keyof ReturnType<typeof boardRowJson>;

const ALWAYS = [
  "rank",
  "entryId",
  "name",
  "author",
  "score",
  "intervalLow",
  "intervalHigh",
] as const satisfies readonly Field[];

const FIELDS = {
  parameters: ["parameters"],
  "score-per-parameter": ["scorePerMillionParameters"],
  flops: ["trainingFlops"],
  "score-per-flop": ["scorePerTeraflop"],
  time: ["selfReportedMs", "trainedIn"],
  proof: ["provenance", "exactCount", "replayedSegments", "segments"],
  seed: ["tickets"],
  age: ["createdAt"],
  try: [],
} as const satisfies Record<Column, readonly Field[]>;

/** The rows of a page of `view` with its columns. */
export function boardCsv(
  rows: readonly BoardRow[],
  benchmark: Benchmark,
  view: BoardView,
): string {
  const fields = [...ALWAYS, ...shownColumns(view).flatMap((column) => [...FIELDS[column]])];
  return csvText(
    fields,
    rows.map((row) => {
      const values = boardRowJson(row, benchmark);
      return fields.map((field) => values[field]);
    }),
  );
}

const OVERALL = [
  "rank",
  "entryId",
  "name",
  "author",
  "total",
  "parameters",
  "trainingFlops",
  "provenance",
  "exactCount",
  "replayedSegments",
  "segments",
  "createdAt",
] as const satisfies readonly (keyof ReturnType<typeof overallRowJson>)[];

/** The rows of a page of the overall board, each benchmark's score in a column of its own. */
export function overallCsv(rows: readonly OverallEntry[]): string {
  const benchmarks = RANKED_BENCHMARKS.map(({ id }) => id);
  return csvText(
    [...OVERALL, ...benchmarks],
    rows.map((row) => {
      const values = overallRowJson(row);
      return [...OVERALL.map((field) => values[field]), ...benchmarks.map((id) => row.scores[id])];
    }),
  );
}
