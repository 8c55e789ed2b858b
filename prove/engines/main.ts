// `prove engines`: one program in every runtime at hand, and the table of docs/exactness.md.

import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import golden from "../../tests/golden/digests.json" with { type: "json" };
import { loadEngineBinary } from "../../wasm/load.ts";
import { blockOf, DOCUMENT, replaceBlock, VAR } from "../document.ts";
import { canonicalDigest, type EngineDigests } from "./digests.ts";
import { bundled } from "../../workers/other_engine/bundled.ts";
import { type EngineRow, mergeRows, readRows, rowsText } from "./rows.ts";
import { type Program, type Runtime, RUNTIMES, Unavailable } from "./runtimes.ts";

const THREADS = [1, 2, 3, 4];
const BLOCK_NAME = "prove engines";

export interface EnginesOptions {
  /** Only runtimes whose row contains this text. */
  only: string;
  /** How long one runtime may take. */
  minutes: number;
}

/**
 * Runs the program in each runtime and writes the rows. A runtime that is not here keeps its row.
 * @returns whether all that ran gave the right digests.
 */
export async function proveEngines({ only, minutes }: EnginesOptions): Promise<boolean> {
  const program = await prepareProgram();
  const right = { selfTest: SELF_TEST_DIGEST, golden: await canonicalDigest(golden) };
  let allRight = true;
  for (const runtime of RUNTIMES) {
    if (!`${runtime.name} ${runtime.isa} ${runtime.compiler}`.includes(only)) continue;
    const { row, verdict } = await runOne(runtime, program, right, minutes);
    console.log(`${runtime.name}, ${runtime.isa}, ${runtime.compiler}: ${verdict}`);
    if (row === null) continue;
    allRight &&= verdict === "right";
    // After each, so that a run cut short has not been in vain.
    const before = readRows(blockOf(await Deno.readTextFile(DOCUMENT), BLOCK_NAME));
    await replaceBlock(DOCUMENT, BLOCK_NAME, rowsText(mergeRows(before, row, RUNTIMES)));
  }
  return allRight;
}

async function prepareProgram(): Promise<Program> {
  await Deno.mkdir(VAR, { recursive: true });
  const binary = await loadEngineBinary();
  const script = new URL("program.mjs", VAR).pathname;
  const binaryPath = new URL("engine.wasm", VAR).pathname;
  await Deno.writeTextFile(
    script,
    await bundled(new URL("command_line.ts", import.meta.url), "node"),
  );
  await Deno.writeFile(binaryPath, binary);
  return { script, binaryPath, binary, threadCounts: THREADS };
}

async function runOne(
  runtime: Runtime,
  program: Program,
  right: { selfTest: string; golden: string },
  minutes: number,
): Promise<{ row: EngineRow | null; verdict: string }> {
  try {
    const version = await runtime.version();
    const outcome = await runtime.run(program, minutes * 60_000);
    if ("error" in outcome) throw new Error(outcome.error);
    const { digests } = outcome;
    const wrong = digests.find((found) =>
      found.selfTest !== right.selfTest || found.golden !== right.golden
    );
    return {
      row: rowOf(runtime, version, wrong ? [wrong] : digests),
      verdict: wrong ? `WRONG on ${wrong.threads} threads` : "right",
    };
  } catch (error) {
    const why = error instanceof Unavailable ? "not here" : "did not run";
    return { row: null, verdict: `${why}: ${(error as Error).message}` };
  }
}

/** `digests` agree with each other, or hold the one that is wrong. */
function rowOf(runtime: Runtime, version: string, digests: EngineDigests[]): EngineRow {
  const { engine, selfTest, golden } = digests[0];
  const threads = [...new Set(digests.map(({ threads }) => threads))].join(", ");
  const { name, isa, compiler } = runtime;
  const date = new Date().toISOString().slice(0, 10);
  return { name, isa, compiler, version, threads, engine, selfTest, golden, date };
}
