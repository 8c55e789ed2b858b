// What shows that somebody has run a recipe, as no file gives it away. Part of pages: knows no schema.

import { bytesOf, concatBytes, float64le, fromHex, toHex, uint32le, utf8 } from "../bytes.ts";
import type { TrainState } from "../engine/engine.ts";
import { sha256, sha256Hex } from "../hash.ts";

/**
 * What a leaf is the hash of, beside numbers everybody knows: SHA-256 of weights and of both moments,
 * and the loss. A file gives leaves alone, so these are known to who has run the recipe.
 */
export interface Opening {
  /** SHA-256, hexadecimal. */
  weights: string;
  m: string;
  v: string;
  /** Of that step; 0 at step 0. */
  loss: number;
}

/** The opening of the leaf of this state. */
export async function openingOf(
  { weights, m, v }: Pick<TrainState, "weights" | "m" | "v">,
  loss: number,
): Promise<Opening> {
  const [w, first, second] = await Promise.all(
    [weights, m, v].map((part) => sha256Hex(bytesOf(part))),
  );
  return { weights: w, m: first, v: second, loss };
}

/**
 * SHA-256("confirm/v1" | nonce, 32 bytes | j u32 | weights | m | v, 32 bytes each | loss f64),
 * hexadecimal. Public, and new for each nonce: nothing can be written from another's.
 */
export async function confirmationTag(
  nonce: string,
  j: number,
  { weights, m, v, loss }: Opening,
): Promise<string> {
  const digests = [weights, m, v].map(fromHex);
  const parts = [utf8("confirm/v1"), fromHex(nonce), uint32le(j), ...digests, float64le(loss)];
  return toHex(await sha256(concatBytes(parts)));
}

/** The tag of each opening; the first is of leaf `from`. */
export function answersTo(
  nonce: string,
  openings: readonly Opening[],
  from: number,
): Promise<string[]> {
  return Promise.all(openings.map((opening, i) => confirmationTag(nonce, from + i, opening)));
}
