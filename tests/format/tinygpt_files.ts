// Builds small models and raw files for the format tests, byte by byte, without the writer.

import { concatBytes, uint32le, utf8 } from "../../lib/bytes.ts";
import { type ModelConfig, parameterCount } from "../../lib/format/config.ts";

export const TINY: ModelConfig = { layers: 1, dModel: 4, heads: 2, ctx: 3, dMlp: 5, vocabSize: 7 };

/** The same size with every option on. */
export const MODERN: ModelConfig = {
  ...TINY,
  arch: {
    norm: "rmsnorm",
    positions: "rotary",
    rotaryBase: 10_000,
    mlp: "swiglu",
    head: "untied",
    biases: false,
    kvHeads: 1,
  },
};

/** Finite weights with both signs and a wide range of magnitudes. */
export function someWeights(config: ModelConfig, salt = 1): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(parameterCount(config));
  for (let i = 0; i < weights.length; i++) {
    const random = Math.imul(i + 1, 0x9e3779b1 ^ Math.imul(salt, 0x85ebca6b)) >>> 0;
    weights[i] = (random / 2 ** 31 - 1) * 2 ** -(random % 12);
  }
  return weights;
}

/** A file from its parts; `header` may be text or an object. */
export function fileOf(header: unknown, state: Uint8Array, version = 2): Uint8Array<ArrayBuffer> {
  const text = utf8(typeof header === "string" ? header : JSON.stringify(header));
  return concatBytes([utf8("TGPT"), uint32le(version), uint32le(text.length), text, state]);
}

export function readFixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}
