// int8/1 and int4/1: a product of whole numbers per group of terms, and the plain GPT on top of it.

import { type ModelConfig } from "../../lib/format/config.ts";
import { attention } from "./attention.ts";
import { gelu } from "./exp_erf.ts";
import { f32 } from "./float_bits.ts";
import { layerNorm } from "./layernorm.ts";
import { negativeLogLikelihood } from "./loss.ts";
import { tensorsOf } from "./model.ts";

/** Largest magnitude of a weight's number, and how many terms share its scale. */
export interface Rule {
  most: number;
  group: number;
}

export const INT8: Rule = { most: 127, group: Infinity };
export const INT4: Rule = { most: 7, group: 64 };

/** Nearest whole number, the even one of two. */
function nearest(x: number): number {
  const floor = Math.floor(x), rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Whole numbers from −most to most, and what they are multiples of. */
function quantize(values: number[], most: number): { numbers: number[]; scale: number } {
  const scale = f32(Math.max(...values.map(Math.abs)) / most);
  const numbers = values.map((value) => scale === 0 ? 0 : nearest(f32(value / scale)));
  return { numbers, scale };
}

/** a [m, k] times b [k, n], whose element [i, j] is `b(i, j)`. */
export function quantizedProduct(
  rule: Rule,
  [m, n, k]: readonly [number, number, number],
  a: Float32Array,
  b: (i: number, j: number) => number,
): Float32Array<ArrayBuffer> {
  const group = Math.min(rule.group, k), groups = Math.ceil(k / group);
  const terms = (g: number) =>
    Array.from({ length: k }, (_, i) => i).slice(g * group).slice(0, group);
  const columns = Array.from(
    { length: n },
    (_, j) =>
      Array.from({ length: groups }, (_, g) => quantize(terms(g).map((i) => b(i, j)), rule.most)),
  );
  const y = new Float32Array(m * n);
  for (let r = 0; r < m; r++) {
    const row = quantize([...a.subarray(r * k, (r + 1) * k)], 127);
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let g = 0; g < groups; g++) {
        const { numbers, scale } = columns[j][g];
        const dot = terms(g).reduce((all, i, at) => all + row.numbers[i] * numbers[at], 0);
        sum = f32(sum + f32(f32(dot) * f32(row.scale * scale)));
      }
      y[r * n + j] = sum;
    }
  }
  return y;
}

/** Logits of every position of one text. */
export function quantizedLogits(
  rule: Rule,
  config: ModelConfig,
  weights: Float32Array,
  tokens: readonly number[],
): Float32Array {
  const { layers, dModel: C, dMlp: F, heads, vocabSize: V } = config, T = tokens.length;
  const tensor = tensorsOf(config, weights);
  const token = tensor("token_embedding.weight"), position = tensor("position_embedding.weight");
  const linear = (x: Float32Array, name: string, k: number, n: number) => {
    const w = tensor(`${name}.weight`), bias = tensor(`${name}.bias`);
    return quantizedProduct(rule, [T, n, k], x, (i, j) => w[i * n + j])
      .map((value, i) => f32(value + bias[i % n]));
  };
  const norm = (x: Float32Array, name: string) =>
    layerNorm(x, tensor(`${name}.weight`), tensor(`${name}.bias`));
  const shape = { T, C, heads, kvHeads: heads, scale: f32(1 / Math.sqrt(C / heads)) };
  let x = Float32Array.from(
    { length: T * C },
    (_, i) => f32(token[tokens[Math.floor(i / C)] * C + i % C] + position[i]),
  );
  for (let layer = 0; layer < layers; layer++) {
    const at = (name: string) => `blocks.${layer}.${name}`;
    const first = norm(x, at("ln1"));
    const [q, k, v] = ["q", "k", "v"].map((name) => linear(first, at(`attn.${name}_proj`), C, C));
    const mixed = linear(attention(q, k, v, shape), at("attn.o_proj"), C, C);
    x = x.map((value, i) => f32(value + mixed[i]));
    const act = linear(norm(x, at("ln2")), at("mlp.fc_in"), C, F).map(gelu);
    const branch = linear(act, at("mlp.fc_out"), F, C);
    x = x.map((value, i) => f32(value + branch[i]));
  }
  return quantizedProduct(rule, [T, V, C], norm(x, "ln_final"), (i, j) => token[j * C + i]);
}

/** Negative log-likelihood in nats of every token but the first. */
export function quantizedScores(
  rule: Rule,
  config: ModelConfig,
  weights: Float32Array,
  tokens: readonly number[],
): Float32Array {
  const V = config.vocabSize, inputs = tokens.slice(0, -1);
  const logits = quantizedLogits(rule, config, weights, inputs);
  return Float32Array.from(
    inputs,
    (_, r) => negativeLogLikelihood(logits.subarray(r * V, (r + 1) * V), tokens[r + 1]),
  );
}
