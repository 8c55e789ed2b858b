// Reads tables as TinyScaleLab has them, repairs their text and counts each repair.

import { parse } from "csv-parse/sync";
import { ValidationError } from "../../errors.ts";

/** A table with a header; fields by the name of their column. */
export interface Table {
  file: string;
  header: string[];
  rows: Record<string, string>[];
}

/** What was mended of the files, and how often in each. */
export class Repairs {
  readonly #found = new Map<string, Repair>();

  /** @param example is kept of the first. */
  count(what: string, file: string, count = 1, example = ""): void {
    if (count === 0) return;
    const known = this.#found.get(what) ?? { what, count: 0, files: {}, example };
    known.count += count;
    known.files[file] = (known.files[file] ?? 0) + count;
    this.#found.set(what, known);
  }

  list(): Repair[] {
    return [...this.#found.values()];
  }
}

export interface Repair {
  what: string;
  count: number;
  /** The same by the name of the file. */
  files: Record<string, number>;
  /** Of the first, or empty. */
  example: string;
}

/** UTF-8 punctuation that was read as Mac OS Roman: E2 80 came out as "‚Ä". */
const MISREAD: Record<string, string> = {
  "‚Äú": "“",
  "‚Äù": "”",
  "‚Äô": "’",
  "‚Äò": "‘",
  "‚Äì": "–",
  "‚Äî": "—",
  "‚Ä¶": "…",
};
const MISREAD_PATTERN = /‚Ä[úùôòìî¶]/g;

/** Where csvText puts an apostrophe, so that spreadsheets compute nothing. */
const GUARDED_FORMULA = /^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/;

/**
 * @throws {ValidationError} when the text is no table with a header whose names differ.
 */
export function readTable(file: string, text: string, repairs: Repairs): Table {
  if (text.startsWith("\uFEFF")) repairs.count("byte order mark at the start: taken away", file);
  const [header = [], ...records] = parseCsv(file, text);
  const names = header.map((name) => name.trim());
  if (new Set(names).size < names.length || names.includes("")) {
    throw new ValidationError(`${file} is no table that can be read`, {
      path: file,
      expected: "a header whose names are there and differ",
      got: names.slice(0, 12).join(", "),
      fix: "Name each column once.",
    });
  }
  const rows = records.map((record) =>
    Object.fromEntries(names.map((name, at) => [name, mended(record[at], file, repairs)]))
  );
  return { file, header: names, rows };
}

function parseCsv(file: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, relax_quotes: false });
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    throw new ValidationError(`${file} is no CSV that can be read`, {
      path: file,
      expected: "as many fields in each row as in the header, quotes doubled within quotes",
      got: `${message.slice(0, 160)}${lines === undefined ? "" : ` (line ${lines})`}`,
      fix: "Save the table as CSV (UTF-8) again.",
    });
  }
}

/** The text as it was before it went through spreadsheets. */
function mended(field: string, file: string, repairs: Repairs): string {
  let text = field;
  if (text.includes("\r")) {
    text = text.replaceAll(/\r\n?/g, "\n");
    repairs.count("fields with line ends of Windows: made LF", file);
  }
  let misread = 0;
  text = text.replace(MISREAD_PATTERN, (found) => {
    misread++;
    return MISREAD[found];
  });
  repairs.count("quotes read in the wrong encoding: decoded", file, misread, "‚Äú → “");
  if (GUARDED_FORMULA.test(text)) {
    text = text.slice(1);
    repairs.count("apostrophes that kept spreadsheets from computing a text: taken away", file);
  }
  return text;
}
