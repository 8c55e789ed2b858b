// Hostile files and recipes: refused before any work, or over the budget of a replay.

import { concatBytes, uint32le, utf8 } from "../../lib/bytes.ts";
import { FormatError } from "../../lib/errors.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import { trainedFile } from "../../lib/verification/model_file.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { withPatience } from "../../lib/http/patience.ts";
import type { Attack, Found } from "./attack.ts";
import { forge, type Forged, honestRecipe, verdictOn } from "./forge.ts";

const PARSER = "limits of the parser";

/** "refused" with the parser's words, or what the file became. */
function reading(bytes: Uint8Array): Found {
  try {
    readTinygpt(bytes);
    return { outcome: "read", step: null, detail: "The file was read as a model." };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { outcome: "refused", step: null, detail: error.message };
  }
}

function refused(id: string, cheat: string, make: (honest: Uint8Array) => Uint8Array): Attack {
  return {
    ...{ id, cheat, caughtBy: PARSER, expected: "refused" },
    run: async () => reading(make(await honestFile(await forge(await honestRecipe())))),
  };
}

/** The forged run as the bytes of a file. */
export async function honestFile(
  { weights, chain, step }: Forged,
  { trainWallMs = 1000, author = "Mallory", recipe }: {
    trainWallMs?: number;
    author?: string;
    /** That the header declares; the usual one of `author` where it is not given. */
    recipe?: Recipe;
  } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const state = { step, weights, m: weights, v: weights };
  return trainedFile({
    recipe: recipe ?? await honestRecipe({ author }),
    tokenizer: BYTE_TOKENIZER,
    run: { state, chain, finalLoss: 0, lossHistory: [], devHistory: [] },
    dtype: "fp32",
    trainWallMs,
  });
}

function headerLength(file: Uint8Array): number {
  return new DataView(file.buffer, file.byteOffset).getUint32(8, true);
}

/** The file with its header's length stated as another. */
function withHeaderLength(file: Uint8Array, length: number): Uint8Array {
  return concatBytes([file.subarray(0, 8), uint32le(length), file.subarray(12)]);
}

/** The file with another header, its length right. */
function withHeaderText(file: Uint8Array, text: string): Uint8Array {
  const header = utf8(text);
  const state = file.subarray(12 + headerLength(file));
  return concatBytes([file.subarray(0, 8), uint32le(header.length), header, state]);
}

export const FILE_ATTACKS: Attack[] = [
  refused(
    "undeclared-weights",
    "A file with more weights than its shape has",
    (file) => concatBytes([file, new Uint8Array(4096)]),
  ),
  refused(
    "long-header",
    "A header said to be four gigabytes long",
    (file) => withHeaderLength(file, 0xffffffff),
  ),
  refused(
    "deep-header",
    "A header nested a hundred thousand deep",
    (file) => withHeaderText(file, "[".repeat(100_000)),
  ),
  refused("not-a-number", "A weight that is not a number", (file) => {
    const copy = new Uint8Array(file);
    new DataView(copy.buffer).setUint32(copy.length - 4, 0x7fc00000, true);
    return copy;
  }),
  refused("huge-shape", "A shape of 10^15 weights in a small file", (file) =>
    withHeaderText(
      file,
      JSON.stringify({ config: { layers: 256, dModel: 16384, heads: 64, ctx: 65536 } }),
    )),
  {
    id: "endless-run",
    cheat: "A recipe of 10^12 steps",
    caughtBy: "caps of the recipe",
    expected: "rejected",
    async run() {
      const file = await forge(await honestRecipe());
      return await verdictOn({ ...file, recipe: { ...file.recipe as object, steps: 1e12 } });
    },
  },
  {
    id: "costly-run",
    cheat: "A recipe that keeps to the caps and would take a year",
    caughtBy: "FLOPs computed before any work, against the budget of a replay",
    expected: "not-reproducible",
    async run() {
      const model = { layers: 12, dModel: 1024, heads: 16, ctx: 32, dMlp: 4096, vocabSize: 256 };
      const recipe = await honestRecipe({ model, steps: 2_000_000, checkpointInterval: 2_000_000 });
      const honest = await forge(await honestRecipe());
      const { steps } = recipe;
      const chain = { ...honest.chain, interval: steps, leafSteps: [0, steps] };
      const leaves = honest.chain.leaves.slice(0, 2);
      return await verdictOn({
        ...honest,
        config: model,
        recipe,
        step: steps,
        chain: { ...chain, leaves },
      });
    },
  },
  {
    id: "own-tokenizer",
    cheat: "A tokenizer of one's own, answers among its entries",
    caughtBy: "merges trained again from a registered corpus",
    expected: "mismatch",
    expectedStep: 0,
    async run() {
      const file = await forge(await honestRecipe());
      return await verdictOn({ ...file, tokenizer: { ...BYTE_TOKENIZER } });
    },
  },
  {
    id: "slow-upload",
    cheat: "An upload that sends a byte and then nothing",
    caughtBy: "patience with each upload",
    expected: "ended",
    async run() {
      const endless = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
      });
      try {
        for await (const _ of withPatience(endless, { idleMs: 20, totalMs: 1000 }));
        return { outcome: "waited for", step: null, detail: "" };
      } catch (error) {
        return { outcome: "ended", step: null, detail: (error as Error).message };
      }
    },
  },
];
