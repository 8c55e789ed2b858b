// The table of engines in docs/exactness.md: read, merged, written. Knows no runtime.

import { shortDigest, table } from "../document.ts";

/** What names a row; its version may change. */
export interface RowKey {
  name: string;
  isa: string;
  compiler: string;
}

export interface EngineRow extends RowKey {
  /** Begins with the name. */
  version: string;
  threads: string;
  /** Digests, whole or already shortened. */
  engine: string;
  selfTest: string;
  golden: string;
  date: string;
}

const HEAD = ["runtime", "ISA", "compilers", "threads", "engine", "self-test", "golden", "run on"];

export function rowsText(rows: readonly EngineRow[]): string {
  const short = (digest: string) => digest.includes("…") ? digest : shortDigest(digest);
  const cells = rows.map((row) => [
    row.version,
    row.isa,
    row.compiler,
    row.threads,
    short(row.engine),
    short(row.selfTest),
    short(row.golden),
    row.date,
  ]);
  return table(HEAD, cells);
}

/** Rows as `rowsText` wrote them. */
export function readRows(text: string): EngineRow[] {
  return text.split("\n").slice(2).filter((line) => line.startsWith("|")).map((line) => {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    const [version, isa, compiler, threads, engine, selfTest, golden, date] = cells;
    const name = version.split(" ")[0];
    return { name, version, isa, compiler, threads, engine, selfTest, golden, date };
  });
}

/** `row` in place of the one with its key, all in the order of `order`; unknown keys go. */
export function mergeRows(
  rows: readonly EngineRow[],
  row: EngineRow,
  order: readonly RowKey[],
): EngineRow[] {
  const key = ({ name, isa, compiler }: RowKey) => `${name}|${isa}|${compiler}`;
  const byKey = new Map([...rows, row].map((row) => [key(row), row]));
  return order.flatMap((runtime) => byKey.get(key(runtime)) ?? []);
}
