// Writes `.tinygpt` files, in a layout older readers load when they know the shape. Knows no clock.

import canonicalize from "canonicalize";
import { bytesOf, concatBytes, uint32le, utf8 } from "../bytes.ts";
import { FormatError, ValidationError } from "../errors.ts";
import { type ModelConfig, parameterCount, type TensorSpec, tensorSpecs } from "./config.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { firstNonFinite, tensorAt } from "./finite.ts";
import { packHalf, unpackHalf } from "./half.ts";
import {
  checkConfig,
  fileVersion,
  parseHeader,
  stateByteLength,
  type WeightDtype,
} from "./header.ts";
import { INT4_BLOCK_SIZE, int4ByteLengths, packInt4, unpackInt4 } from "./int4.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

/** Fields only the writer decides. */
const LAYOUT_FIELDS = new Set([
  "version",
  "config",
  "manifest",
  "tokenizer",
  "includesOptimizerState",
  "stateByteLength",
  "weightDtype",
  "int4BlockSize",
  "int4ScalesBytes",
  "int4PackedBytes",
]);

export interface WriteOptions {
  config: ModelConfig;
  /** Training steps done. */
  step: number;
  /** Flat float32, in the order of `tensorSpecs`. */
  weights: Float32Array;
  /** Adam's moments, laid out like `weights`: both or neither, fp32 only. */
  m?: Float32Array | null;
  v?: Float32Array | null;
  dtype: WeightDtype;
  /** Absent or null, the file does not say how its vocabulary cuts bytes, unless it is of bytes. */
  tokenizer?: Tokenizer | null;
  /**
   * Further header fields (recipe, chain, savedAt, lossHistory, trainWallMs, …). Fields that
   * describe the layout are written from the other options, whatever stands here; a `config` here
   * may add what older readers show (learningRate, maxSteps, …).
   */
  header?: Record<string, unknown>;
}

/**
 * Builds a whole file. The same options give the same bytes, whatever the order of their keys.
 * @throws {ValidationError} when the options contradict each other or are not JSON.
 * @throws {FormatError} when a reader would refuse the file: a shape over the limits, or a value
 *   that is not finite, also after packing.
 */
export function writeTinygpt(options: WriteOptions): Uint8Array<ArrayBuffer> {
  return concatBytes(tinygptParts(options));
}

/** The same bytes in parts, to be written one after another: weights as fp32 are not copied. */
export function tinygptParts(options: WriteOptions): Uint8Array[] {
  const { config, step, weights, dtype } = options;
  checkConfig(config, DEFAULT_LIMITS);
  const { m, v } = checkArrays(options);
  if (!Number.isInteger(step) || step < 0 || step > 0x7fffffff) {
    throw new ValidationError(`Expected a step from 0 to 2^31 − 1, got ${step}`, { path: "step" });
  }
  const specs = tensorSpecs(config);
  checkFinite(specs, weights, "weight");
  // int4 packs binary16 values too, so what binary16 holds is finite in either.
  if (dtype !== "fp32") checkFinite(specs, packAs(weights, "fp16", config), "fp16 weight");
  const version = fileVersion(config, options.tokenizer ?? null);
  const header = utf8(aligned(headerText(options, specs, m !== null), version));
  if (header.length > DEFAULT_LIMITS.maxHeaderBytes) {
    throw new ValidationError(
      `Expected a header of at most ${DEFAULT_LIMITS.maxHeaderBytes} bytes, got ${header.length}`,
      { path: "header", fix: "Thin out the loss history or leave the corpus out." },
    );
  }
  parseHeader(header, DEFAULT_LIMITS); // what is written must be readable
  const words = [version, header.length].map(uint32le);
  const state = stateParts(weights, m, v, dtype, specs);
  return [utf8("TGPT"), ...words, header, uint32le(step), ...state];
}

/**
 * What a reader of a file packed as `dtype` would hold: compare this with the file's weights.
 * @param weights flat float32, in the order of `tensorSpecs(config)`.
 * @returns new weights, for fp32 a copy. Weights that binary16 cannot hold come out not finite;
 *   no readable file does, so they compare as different.
 */
export function packAs(
  weights: Float32Array,
  dtype: WeightDtype,
  config: ModelConfig,
): Float32Array<ArrayBuffer> {
  if (dtype === "fp32") return new Float32Array(weights);
  if (dtype === "fp16") return unpackHalf(packHalf(weights));
  const specs = tensorSpecs(config);
  return unpackInt4(packInt4(weights, specs), specs);
}

function stateParts(
  weights: Float32Array,
  m: Float32Array | null,
  v: Float32Array | null,
  dtype: WeightDtype,
  specs: readonly TensorSpec[],
): Uint8Array[] {
  if (dtype === "int4") return [packInt4(weights, specs)];
  if (dtype === "fp16") return [packHalf(weights)];
  if (m === null || v === null) return [bytesOf(weights)];
  return specs.flatMap(({ offset, size }) =>
    [weights, m, v].map((array) => bytesOf(array.subarray(offset, offset + size)))
  );
}

/** Lengths agree with the shape; moments come in pairs, finite, and never beside packed weights. */
function checkArrays(
  { config, weights, m = null, v = null, dtype }: WriteOptions,
): { m: Float32Array | null; v: Float32Array | null } {
  const expected = parameterCount(config);
  for (const [path, array] of Object.entries({ weights, m, v })) {
    if (array !== null && array.length !== expected) {
      throw new ValidationError(`Expected ${expected} values in ${path}, got ${array.length}`, {
        path,
      });
    }
  }
  if ((m === null) !== (v === null)) {
    throw new ValidationError("Expected both Adam moments or neither, got one", { path: "m" });
  }
  if (m !== null && dtype !== "fp32") {
    throw new ValidationError(`Expected no Adam moments beside ${dtype} weights, got some`, {
      path: "m",
      fix: "Write fp32 to keep the optimizer state.",
    });
  }
  for (const moment of [m, v]) {
    if (moment !== null) checkFinite(tensorSpecs(config), moment, "Adam moment");
  }
  return { m, v };
}

/** The offset counts from the start of the flat array: there is no file yet. */
function checkFinite(specs: readonly TensorSpec[], values: Float32Array, what: string): void {
  const index = firstNonFinite(values);
  if (index < 0) return;
  const spec = tensorAt(specs, index);
  const where = `${what} at ${spec.name}[${index - spec.offset}]`;
  throw new FormatError(`Expected a finite ${where}, got ${values[index]}`, {
    expected: `a finite ${where}`,
    got: `${values[index]}`,
    offset: 4 * index,
    fix: what === "fp16 weight"
      ? "Write fp32: binary16 holds magnitudes below 65520 only."
      : "Write a checkpoint from before training diverged.",
  });
}

/**
 * Layout fields in the order older writers use, then the caller's fields by name. Values are
 * canonical JSON, so the text does not depend on the order in which an object was built.
 */
function headerText(
  { config, dtype, tokenizer = null, header = {} }: WriteOptions,
  specs: readonly TensorSpec[],
  moments: boolean,
): string {
  const { layers, dModel, heads, ctx, dMlp, vocabSize, arch, imported } = config;
  const callerConfig = typeof header.config === "object" ? header.config : {};
  const layout: Record<string, unknown> = {
    version: fileVersion(config, tokenizer),
    config: { ...callerConfig, layers, dModel, heads, ctx, dMlp, vocabSize, arch, imported },
    manifest: specs.map(({ name, shape, offset }) => ({ name, shape, floatOffset: offset })),
    includesOptimizerState: moments,
    stateByteLength: stateByteLength(config, dtype, moments),
  };
  if (tokenizer?.headerField) layout.tokenizer = tokenizer.headerField;
  if (dtype !== "fp32") layout.weightDtype = dtype; // the older engine leaves fp32 out
  if (dtype === "int4") {
    const { scales, packed } = int4ByteLengths(specs);
    layout.int4BlockSize = INT4_BLOCK_SIZE;
    layout.int4ScalesBytes = scales;
    layout.int4PackedBytes = packed;
  }
  const others = Object.keys(header).filter((key) => !LAYOUT_FIELDS.has(key)).sort();
  const entries = [
    ...Object.entries(layout),
    ...others.map((key): [string, unknown] => [key, header[key]]),
  ];
  return `{${entries.flatMap(([key, value]) => headerEntry(key, value)).join(",")}}`;
}

/**
 * Spaces after the JSON bring the state to a multiple of 4 bytes, where a reader need not copy it.
 * Files of version 2 keep the bytes they always had.
 */
function aligned(text: string, version: 2 | 3): string {
  return version === 2 ? text : text + " ".repeat((4 - utf8(text).length % 4) % 4);
}

/** One `"key":value`, or nothing for a value JSON has no word for. */
function headerEntry(key: string, value: unknown): string[] {
  try {
    const text = canonicalize(value);
    return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
  } catch (error) {
    throw new ValidationError(`Header field ${key} is not JSON: ${(error as Error).message}`, {
      path: `header.${key}`,
      expected: "finite numbers, strings, booleans, null, arrays and objects",
    });
  }
}
