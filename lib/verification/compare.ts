// Compares what a file claims with what a replay gives, to the bit. Runs nothing.

import { ARCHITECTURE_FIELDS, architectureOf } from "../format/architecture.ts";
import { type ModelConfig, tensorSpecs } from "../format/config.ts";
import type { TensorDifference, WeightDifference } from "./types.ts";

/**
 * First element whose bits differ, or null. Both arrays are flat in the order of `tensorSpecs`.
 * `part` names what is compared when it is not the weights, for example "m".
 */
export function firstDifference(
  config: ModelConfig,
  claimed: Float32Array,
  recomputed: Float32Array,
  part?: string,
): WeightDifference | null {
  const name = (tensor: string) => part === undefined ? tensor : `${tensor} (${part})`;
  const tensors: TensorDifference[] = [];
  let first: Pick<WeightDifference, "tensor" | "index" | "claimed" | "recomputed"> | null = null;
  for (const { name: tensor, offset, size } of tensorSpecs(config)) {
    const [a, b] = [claimed, recomputed].map((all) => all.subarray(offset, offset + size));
    const found = tensorDifference(a, b);
    if (found === null) continue;
    const { index, ...counted } = found;
    first ??= { tensor: name(tensor), index, claimed: a[index], recomputed: b[index] };
    tensors.push({ tensor: name(tensor), ...counted });
  }
  if (first === null) return null;
  const differing = tensors.reduce((sum, tensor) => sum + tensor.differing, 0);
  return { ...first, differing, tensors };
}

/** Of one tensor: the first index whose bits differ, how many do, and by how much at most. */
function tensorDifference(claimed: Float32Array, recomputed: Float32Array) {
  const claimedBits = bitsOf(claimed), recomputedBits = bitsOf(recomputed);
  let index = -1, differing = 0, largest = 0;
  for (let i = 0; i < recomputedBits.length; i++) {
    if (claimedBits[i] === recomputedBits[i]) continue;
    if (index < 0) index = i;
    differing++;
    largest = Math.max(largest, Math.abs(claimed[i] - recomputed[i]));
  }
  return index < 0 ? null : { index, differing, largest };
}

/** First field of the model's shape in which two configurations differ, or null. */
export function configDifference(claimed: ModelConfig, declared: ModelConfig): string | null {
  const fields = ["layers", "dModel", "heads", "ctx", "dMlp", "vocabSize"] as const;
  const field = fields.find((name) => claimed[name] !== declared[name]);
  if (field === undefined) return architectureDifference(claimed, declared);
  return `${field} is ${claimed[field]} in the file and ${declared[field]} in the recipe`;
}

function architectureDifference(claimed: ModelConfig, declared: ModelConfig): string | null {
  if (claimed.imported) return "the file has imported options, which no recipe has";
  const [inFile, inRecipe] = [claimed, declared].map(architectureOf);
  const field = ARCHITECTURE_FIELDS.find((name) => inFile[name] !== inRecipe[name]);
  return field === undefined
    ? null
    : `arch.${field} is ${inFile[field]} in the file and ${inRecipe[field]} in the recipe`;
}

/** Step of the first leaf that is missing, extra or at another step than the recipe's, or null. */
export function firstScheduleDifference(
  claimed: readonly number[],
  expected: readonly number[],
): number | null {
  const length = Math.max(claimed.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (claimed[i] !== expected[i]) {
      return Math.min(claimed[i] ?? Infinity, expected[i] ?? Infinity);
    }
  }
  return null;
}

/** Index of the first leaf that differs or that only one of two chains has, or −1. */
export function firstLeafDifference(claimed: readonly string[], leaves: readonly string[]): number {
  const length = Math.max(claimed.length, leaves.length);
  return Array.from({ length }, (_, i) => i).findIndex((i) => claimed[i] !== leaves[i]);
}

function bitsOf(array: Float32Array): Uint32Array {
  return new Uint32Array(array.buffer, array.byteOffset, array.length);
}
