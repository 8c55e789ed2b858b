// Examples of a score as a table for spreadsheets.

import { stringify } from "csv-stringify/sync";
import type { ExampleResult } from "../benchmarks/benchmark.ts";

const COLUMNS = ["index", "prompt", "expected", "output", "value", "weight", "note"];

/**
 * RFC 4180 with a header. What models wrote is no formula: a text that a spreadsheet would compute
 * gets an apostrophe in front (OWASP, CSV injection).
 */
export function examplesCsv(examples: readonly ExampleResult[]): string {
  const rows = examples.map(({ index, prompt, expected, output, value, weight, note }) => [
    index,
    ...[prompt, expected, output],
    value,
    weight,
    note ?? "",
  ]);
  return stringify([COLUMNS, ...rows], {
    record_delimiter: "windows",
    // Without it a line end of the other kind would end the row.
    quoted_string: true,
    escape_formulas: true,
  });
}
