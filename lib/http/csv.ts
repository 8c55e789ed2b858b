// Tables for spreadsheets. Knows nothing of what is in them.

import { stringify } from "csv-stringify/sync";

/**
 * RFC 4180 with a header. What models and people wrote is no formula: a text that a spreadsheet
 * would compute gets an apostrophe in front (OWASP, CSV injection).
 */
export function csvText(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return stringify([[...header], ...rows], {
    record_delimiter: "windows",
    // Without it a line end of the other kind would end the row.
    quoted_string: true,
    escape_formulas: true,
  });
}

/** A table as an answer that is saved under this name. */
export function csvFile(fileName: string, text: string): Response {
  return new Response(text, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-cache",
    },
  });
}
