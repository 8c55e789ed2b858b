// Examples of a score as a table for spreadsheets.

import type { ExampleResult } from "../benchmarks/benchmark.ts";
import { csvText } from "./csv.ts";

const COLUMNS = ["index", "prompt", "expected", "output", "value", "weight", "note"];

/** One line for each example. */
export function examplesCsv(examples: readonly ExampleResult[]): string {
  return csvText(
    COLUMNS,
    examples.map(({ index, prompt, expected, output, value, weight, note }) => [
      index,
      ...[prompt, expected, output],
      value,
      weight,
      note ?? "",
    ]),
  );
}
