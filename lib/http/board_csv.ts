// Rows of a board as a table for spreadsheets, named as in JSON.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { BoardRow } from "../leaderboard/store.ts";
import { type BoardView, type Column, shownColumns } from "../leaderboard/view.ts";
import { csvText } from "./csv.ts";
import { boardRowJson } from "./views.ts";

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
  time: ["selfReportedMs"],
  proof: ["provenance", "exactCount"],
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
