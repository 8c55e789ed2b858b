// `prove ulp`: the error of every function over all inputs. Goes on where an earlier run stopped.

import { utf8 } from "../../lib/bytes.ts";
import { canReplay } from "../../lib/engine/conforming.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { DOCUMENT, replaceBlock, shortDigest, table, VAR } from "../document.ts";
import { type FunctionName, FUNCTIONS } from "./functions.ts";
import { CHUNK, joined, type Measurement, NOTHING } from "./measure.ts";
import type { ChunkJob, ChunkResult } from "./worker.ts";

export interface UlpOptions {
  /** Workers measuring side by side. */
  threads: number;
  /** Stop after this long; what is measured is kept. */
  minutes: number;
}

/**
 * Measures what is left and writes the table of docs/exactness.md.
 * @returns whether all is measured.
 * @throws {Error} when a result that is known beforehand is another.
 */
export async function proveUlp({ threads, minutes }: UlpOptions): Promise<boolean> {
  const binary = await loadEngineBinary();
  const engine = await sha256Hex(binary);
  await Deno.mkdir(VAR, { recursive: true });
  const log = new URL("ulp.jsonl", VAR);
  const results = await readResults(log, engine);
  const jobs = missingJobs(results);
  console.log(`${results.length} chunks measured before, ${jobs.length} to measure`);
  using file = await Deno.open(log, { append: true, create: true });
  const deadline = performance.now() + minutes * 60_000;
  await measureAll(binary, jobs, { threads, deadline }, (result) => {
    results.push({ ...result, engine });
    file.writeSync(utf8(JSON.stringify({ ...result, engine }) + "\n"));
    if (result.chunk % 64 === 63) console.log(`${result.name}: chunk ${result.chunk + 1}`);
  });
  const left = missingJobs(results);
  const rows = await resultRows(results);
  console.log(table(HEAD, rows));
  const engines = new Set(results.map(({ engine }) => shortDigest(engine)));
  const text = `Measured with engine ${[...engines].join(" and ")}.\n\n${table(HEAD, rows)}`;
  await replaceBlock(DOCUMENT, "prove ulp", text);
  if (left.length > 0) {
    console.log(`${left.length} chunks are left: run it again, it goes on from here.`);
  }
  return left.length === 0;
}

/** A chunk's result and the SHA-256 of the engine it was measured with. */
interface Entry extends ChunkResult {
  engine: string;
}

/** What was measured before with `engine` or one that gives the same bits. */
async function readResults(log: URL, engine: string): Promise<Entry[]> {
  const text = await Deno.readTextFile(log).catch(() => "");
  // A line cut off by the end of an earlier run is measured again.
  const entries: Entry[] = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return entries.filter((entry) => canReplay(engine, entry.engine));
}

function missingJobs(results: readonly ChunkResult[]): ChunkJob[] {
  const done = new Set(results.map(({ name, chunk }) => `${name} ${chunk}`));
  const jobs: ChunkJob[] = [];
  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    for (let chunk = 0; chunk * CHUNK < FUNCTIONS[name].patterns; chunk++) {
      if (!done.has(`${name} ${chunk}`)) jobs.push({ name, chunk });
    }
  }
  return jobs;
}

/** Keeps `threads` workers busy until no job is left or the deadline has passed. */
async function measureAll(
  binary: Uint8Array<ArrayBuffer>,
  jobs: readonly ChunkJob[],
  { threads, deadline }: { threads: number; deadline: number },
  onResult: (result: ChunkResult) => void,
): Promise<void> {
  const module = await WebAssembly.compile(binary);
  const queue = jobs.values();
  await Promise.all(Array.from({ length: threads }, () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
      const next = () => {
        const { value, done } = queue.next();
        if (!done && performance.now() < deadline) return worker.postMessage(value);
        worker.terminate();
        resolve();
      };
      worker.addEventListener("error", (event) => reject(new Error(event.message)));
      worker.addEventListener("message", ({ data }: MessageEvent<ChunkResult>) => {
        onResult(data);
        next();
      });
      worker.postMessage(module);
      next();
    })));
}

const HEAD = ["function", "inputs", "largest error, ULP", "at", "nearest", "fixed", "SHA-256"];

/** One row for each function with anything measured. */
async function resultRows(results: readonly ChunkResult[]): Promise<string[][]> {
  const rows: string[][] = [];
  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    const own = results.filter((result) => result.name === name).sort((a, b) => a.chunk - b.chunk);
    if (own.length === 0) continue;
    const total = own.reduce<Measurement>(joined, NOTHING);
    if (total.wrongInput >= 0) {
      throw new Error(`${name}: the result for ${hex(total.wrongInput)} is not what is fixed`);
    }
    const complete = own.length * CHUNK === FUNCTIONS[name].patterns;
    rows.push([
      name,
      complete
        ? `all: ${count(total.measured)}`
        : `${count(own.length * CHUNK)} of ${count(FUNCTIONS[name].patterns)}`,
      errorText(total),
      inputText(total),
      `${(100 * total.nearest / total.measured).toFixed(3)} %`,
      count(total.fixed),
      complete ? shortDigest(await sha256Hex(utf8(own.map(({ digest }) => digest).join("")))) : "–",
    ]);
  }
  return rows;
}

function errorText({ worstUlp, worstUlpOfOne }: Measurement): string {
  const [own, ofOne] = [worstUlp, worstUlpOfOne].map((ulp) => ulp.toFixed(4));
  return own === ofOne ? own : `${own} of its own; ${ofOne} of 1`;
}

function inputText({ worstInput, worstInputOfOne }: Measurement): string {
  return worstInput === worstInputOfOne
    ? hex(worstInput)
    : `${hex(worstInput)}; ${hex(worstInputOfOne)}`;
}

/** A binary32 as pattern and value. */
function hex(pattern: number): string {
  const value = new Float32Array(Uint32Array.of(pattern).buffer)[0];
  return `\`0x${pattern.toString(16).toUpperCase().padStart(8, "0")}\` (${value.toPrecision(7)})`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
