// Every option of an architecture alone, and some together, at awkward sizes.

import type { Architecture } from "../../lib/format/architecture.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { config } from "./runs.ts";

/** A shape with the options of `change`, the others as without a block. */
export function variant(sizes: readonly number[], change: Partial<Architecture>): ModelConfig {
  const base = config(sizes);
  const arch: Architecture = {
    norm: "layernorm",
    positions: "learned",
    mlp: "gelu",
    head: "tied",
    biases: true,
    kvHeads: base.heads,
    ...change,
  };
  return { ...base, arch };
}

const ROTARY = { positions: "rotary", rotaryBase: 10_000 } as const;

/** All options at once. */
export const MODERN = {
  norm: "rmsnorm",
  ...ROTARY,
  mlp: "swiglu",
  head: "untied",
  biases: false,
} as const;

/** Sizes: layers, dModel, heads, ctx, dMlp, vocabSize. Heads are 4, 8, 12 and 20 wide. */
export const VARIANTS: [string, ModelConfig][] = [
  ["RMS norm", variant([1, 16, 2, 7, 12, 20], { norm: "rmsnorm" })],
  ["rotary positions", variant([1, 24, 2, 19, 12, 20], ROTARY)],
  [
    "rotary positions of another base",
    variant([1, 20, 1, 9, 8, 12], {
      ...ROTARY,
      rotaryBase: 37.5,
    }),
  ],
  ["SwiGLU", variant([1, 16, 2, 7, 20, 16], { mlp: "swiglu" })],
  ["an untied head", variant([1, 12, 3, 6, 16, 24], { head: "untied" })],
  ["no biases", variant([1, 16, 2, 7, 12, 20], { biases: false })],
  ["three heads on a pair of keys", variant([1, 24, 6, 11, 12, 20], { kvHeads: 2 })],
  ["all heads on one key, rotary", variant([1, 32, 4, 9, 12, 20], { ...ROTARY, kvHeads: 1 })],
  ["everything", variant([2, 24, 6, 10, 20, 20], { ...MODERN, kvHeads: 3 })],
  [
    "everything but RMS norm",
    variant([2, 16, 4, 5, 20, 12], {
      ...MODERN,
      norm: "layernorm",
      kvHeads: 2,
    }),
  ],
];
