// How fast one core searches a corpus for evaluation texts: `deno task bench:scan`.

import process from "node:process";
import { parseArgs } from "node:util";
import { scanTargets } from "../lib/benchmarks/evaluation_texts.ts";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { Scanner } from "../lib/corpora/contamination/scanner.ts";
import { CORPORA } from "../lib/corpora/registry.ts";
import { machine, table } from "./report.ts";

const PIECE_BYTES = 1 << 20;

const { values } = parseArgs({ options: { megabytes: { type: "string", default: "100" } } });
const byteLength = Number(values.megabytes) * 1e6;
if (!(byteLength > 0)) {
  console.error(`Expected --megabytes to be a number above 0, got ${values.megabytes}`);
  Deno.exit(2);
}
const load = (file: string) => Deno.readFile(new URL(`../data/${file}`, import.meta.url));
const targets = await scanTargets(BENCHMARKS, load);
const texts = targets.flatMap((target) => target.texts);
console.log(machine());
console.log(`${texts.length} evaluation texts of ${targets.length} benchmarks\n`);

/** The corpus again and again, until there is enough of it. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let left = byteLength; left > 0;) {
    for (let at = 0; at < bytes.length && left > 0; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, Math.min(at + PIECE_BYTES, at + left));
      yield piece;
      left -= piece.length;
    }
  }
}

const rows: string[][] = [];
for (const { id, file } of CORPORA) {
  const bytes = await load(file);
  const startMs = performance.now(), before = process.cpuUsage();
  const scanner = new Scanner(texts);
  for (const piece of pieces(bytes)) scanner.push(piece);
  scanner.end();
  const wallSeconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  const rate = (seconds: number) => (byteLength / 1e6 / seconds).toFixed(1);
  rows.push([id, cpuSeconds.toFixed(1), rate(cpuSeconds), wallSeconds.toFixed(1)]);
}
console.log(table(
  [`${values.megabytes} MB of`, "seconds of a core", "MB in each", "seconds on the clock"],
  rows,
));
