// What every runtime computes to be compared. Runs wherever WebAssembly and workers do.

import canonicalize from "canonicalize";
import { utf8 } from "../../lib/bytes.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { publicProblem } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { computeGolden } from "../../tests/golden/compute.ts";

/** Digests of one engine on one number of threads. */
export interface EngineDigests {
  /** SHA-256 of the binary. */
  engine: string;
  /** Compute threads given, which may be fewer than asked for. */
  threads: number;
  selfTest: string;
  /** SHA-256 of the golden digests as canonical JSON (RFC 8785). */
  golden: string;
}

/** Or why there are none. */
export type Outcome = { digests: EngineDigests[] } | { error: string };

/** SHA-256 of an object as canonical JSON. */
export function canonicalDigest(value: unknown): Promise<string> {
  return sha256Hex(utf8(canonicalize(value) as string));
}

/** Self-test and golden digests for each number of threads. */
export async function computeDigests(
  binary: Uint8Array<ArrayBuffer>,
  threadCounts: readonly number[],
  spawn: () => Worker,
): Promise<Outcome> {
  const digests: EngineDigests[] = [];
  try {
    for (const threads of threadCounts) {
      const engine = await instantiateEngine(binary, { threads, spawn });
      const selfTest = await engine.selfTest();
      const golden = await canonicalDigest(await computeGolden(engine, binary));
      digests.push({ engine: engine.digest, threads: engine.threads, selfTest, golden });
      engine.close();
      if (engine.threads < threads) break;
    }
    return { digests };
  } catch (error) {
    return { error: publicProblem(error)?.message ?? String(error) };
  }
}
