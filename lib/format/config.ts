// The model shape and its tensors. Every size, offset and count derives from `tensorSpecs`.

import { type Architecture, architectureOf } from "./architecture.ts";
import type { ImportedOptions } from "./imported.ts";

/** Shape of a pre-norm decoder. Without `arch` it is the older format's GPT. */
export interface ModelConfig {
  layers: number;
  /** Width of the residual stream; a multiple of `heads`. */
  dModel: number;
  heads: number;
  /** Longest context in tokens. */
  ctx: number;
  /** Hidden width of the MLP. */
  dMlp: number;
  vocabSize: number;
  /** Absent for layer norm, learned positions, GELU, a tied head, biases and no shared keys. */
  arch?: Architecture;
  /** What a model of another program has beyond that: inference only. */
  imported?: ImportedOptions;
}

export interface TensorSpec {
  name: string;
  shape: readonly number[];
  /** Number of elements. */
  size: number;
  /** Index of the first element in the flat float32 array of all tensors. */
  offset: number;
  /** Weight decay applies to matrices and embeddings only. */
  decay: boolean;
}

/** All tensors in the canonical order of the file format. */
export function tensorSpecs(config: ModelConfig): TensorSpec[] {
  const { layers, dModel: C, vocabSize: V, ctx: T } = config;
  const { norm, positions, head, biases } = architectureOf(config);
  const normBias = biases && norm === "layernorm";
  const withoutBias: readonly string[] = config.imported?.withoutBias ?? [];
  const isBiased = (name: string) => biases && !withoutBias.includes(name);
  const shapes: [string, number[]][] = [["token_embedding.weight", [V, C]]];
  if (positions === "learned") shapes.push(["position_embedding.weight", [T, C]]);
  shapes.push(["ln_final.weight", [C]]);
  if (normBias) shapes.push(["ln_final.bias", [C]]);
  if (head === "untied") shapes.push(["lm_head.weight", [V, C]]);
  for (let i = 0; i < layers; i++) {
    const add = (name: string, shape: number[], bias: boolean) => {
      shapes.push([`blocks.${i}.${name}.weight`, shape]);
      if (bias) shapes.push([`blocks.${i}.${name}.bias`, shape.slice(-1)]);
    };
    add("ln1", [C], normBias);
    for (const [name, shape] of attentionProjections(config)) add(name, shape, isBiased(name));
    add("ln2", [C], normBias);
    for (const [name, shape] of mlpProjections(config)) add(name, shape, isBiased(name));
  }
  let offset = 0;
  return shapes.map(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const spec = { name, shape, size, offset, decay: shape.length > 1 };
    offset += size;
    return spec;
  });
}

/** Columns of the keys, and of the values, of one position. */
export function keyValueWidth(config: ModelConfig): number {
  return config.dModel / config.heads * architectureOf(config).kvHeads;
}

/** Names of a block's projections, in the order of the file. */
export function projectionNames(config: ModelConfig): string[] {
  return [...attentionProjections(config), ...mlpProjections(config)].map(([name]) => name);
}

function attentionProjections(config: ModelConfig): [string, number[]][] {
  const C = config.dModel, kv = keyValueWidth(config);
  return [
    ["attn.q_proj", [C, C]],
    ["attn.k_proj", [C, kv]],
    ["attn.v_proj", [C, kv]],
    ["attn.o_proj", [C, C]],
  ];
}

function mlpProjections(config: ModelConfig): [string, number[]][] {
  const { dModel: C, dMlp: F } = config;
  return architectureOf(config).mlp === "gelu"
    ? [["mlp.fc_in", [C, F]], ["mlp.fc_out", [F, C]]]
    : [["mlp.gate_proj", [C, F]], ["mlp.up_proj", [C, F]], ["mlp.down_proj", [F, C]]];
}

/** Number of weights, counted from the tensors. */
export function parameterCount(config: ModelConfig): number {
  return tensorSpecs(config).reduce((sum, spec) => sum + spec.size, 0);
}
