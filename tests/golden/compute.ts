// Everything digests.json holds, computed: the one list that tests, browsers and proofs compare with.

import type { Engine } from "../../lib/engine/engine.ts";
import { functionDigests } from "./functions.ts";
import { goldenDigests } from "./recipes.ts";

/** @param binary of the engine, for its functions alone. */
export async function computeGolden(engine: Engine, binary: Uint8Array<ArrayBuffer>) {
  return { functions: await functionDigests(binary), runs: await goldenDigests(engine) };
}
