// Model files of a few hundred weights, each with bytes of its own.

import { parameterCount } from "../../lib/format/config.ts";
import { writeTinygpt } from "../../lib/format/write.ts";

const CONFIG = { layers: 1, dModel: 4, heads: 1, ctx: 8, dMlp: 16, vocabSize: 256 };

/** Every weight is `weight`; `header` adds fields to the header. */
export function smallModel(
  weight: number,
  header: Record<string, unknown> = {},
): Uint8Array<ArrayBuffer> {
  const weights = new Float32Array(parameterCount(CONFIG)).fill(weight);
  return writeTinygpt({ config: CONFIG, step: 1, weights, dtype: "fp32", header });
}
