// Writes a model file anew: with smaller weights, or as safetensors for other programs.

import { concatBytes } from "../lib/bytes.ts";
import { ValidationError } from "../lib/errors.ts";
import { type ModelConfig, tensorSpecs } from "../lib/format/config.ts";
import { readTinygpt } from "../lib/format/read.ts";
import { writeTinygpt } from "../lib/format/write.ts";
import { exportModel } from "../lib/interchange/huggingface.ts";
import { writeSafetensors } from "../lib/interchange/safetensors.ts";
import type { Packing } from "./train_protocol.ts";

/** @throws {TinyproofError} when the model has no such form. */
export async function packModel(
  file: Blob,
  packing: Packing,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; ending: string }> {
  const { config, step, weights, tokenizer, header } = readTinygpt(
    new Uint8Array(await file.arrayBuffer()),
  );
  if (packing === "safetensors") {
    const bytes = concatBytes([...safetensors(config, weights)]);
    return { bytes, ending: ".safetensors" };
  }
  const bytes = writeTinygpt({
    ...{ config, step, weights, tokenizer },
    dtype: packing,
    header: header.raw,
  });
  return { bytes, ending: packing === "fp32" ? ".tinygpt" : `-${packing}.tinygpt` };
}

/** As Hugging Face names tensors; of a shape that has no kind there, by our own names. */
function safetensors(config: ModelConfig, weights: Float32Array): Iterable<Uint8Array> {
  try {
    return writeSafetensors(exportModel(config, weights).tensors, { format: "pt" });
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const tensors = tensorSpecs(config).map(({ name, shape, offset, size }) => ({
      ...{ name, shape },
      values: () => weights.subarray(offset, offset + size),
    }));
    return writeSafetensors(tensors, { format: "pt", tinygpt: JSON.stringify(config) });
  }
}
