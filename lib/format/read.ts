// Reads `.tinygpt` files of any origin. Every length is checked before anything is allocated.

import { bytesOf } from "../bytes.ts";
import { FormatError } from "../errors.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { type ModelConfig, parameterCount, type TensorSpec, tensorSpecs } from "./config.ts";
import { firstNonFinite, tensorAt } from "./finite.ts";
import { unpackHalf } from "./half.ts";
import {
  type FileVersion,
  fileVersion,
  HEADER_OFFSET,
  parseHeader,
  stateByteLength,
  type TinygptHeader,
  type WeightDtype,
} from "./header.ts";
import { INT4_BLOCK_SIZE, int4BlockCount, unpackInt4 } from "./int4.ts";
import { DEFAULT_LIMITS, type ReadLimits } from "./limits.ts";

export { DEFAULT_LIMITS, type ReadLimits } from "./limits.ts";
export type { TinygptHeader, WeightDtype } from "./header.ts";

/** The bytes "TGPT". */
const MAGIC = [0x54, 0x47, 0x50, 0x54];

export interface TinygptFile {
  version: FileVersion;
  header: TinygptHeader;
  config: ModelConfig;
  dtype: WeightDtype;
  /** Null when the vocabulary is not of bytes and the file does not say how it cuts them. */
  tokenizer: Tokenizer | null;
  /** Training steps done. */
  step: number;
  /** Flat, in the order of `tensorSpecs`. */
  weights: Float32Array<ArrayBuffer>;
  /** Adam's moments, laid out like `weights`, or null when the file has none. */
  m: Float32Array<ArrayBuffer> | null;
  v: Float32Array<ArrayBuffer> | null;
  /** The header's field as it stands: not validated here. */
  recipe: unknown;
  chain: unknown;
}

/** What a header tells without its weights. */
export interface HeaderInfo {
  version: FileVersion;
  header: TinygptHeader;
  config: ModelConfig;
  dtype: WeightDtype;
  parameters: number;
  /** Byte at which the state starts. */
  stateOffset: number;
  /** Bytes a file with this header must have, no more and no fewer. */
  fileByteLength: number;
}

/**
 * Reads the header only, for a check before upload.
 * @param bytes the file, or any prefix that holds the header.
 * @param fileByteLength length of the whole file when known; it is then checked as well.
 * @throws {FormatError} on anything malformed or over a limit.
 */
export function readHeader(
  bytes: Uint8Array,
  limits: Partial<ReadLimits> = {},
  fileByteLength?: number,
): HeaderInfo {
  const policy: ReadLimits = { ...DEFAULT_LIMITS, ...limits };
  const length = fileByteLength ?? bytes.length;
  if (length > policy.maxFileBytes) throw overLimit("file", 0, policy.maxFileBytes, length);
  const { version, headerBytes } = readPreamble(bytes, policy);
  const stateOffset = HEADER_OFFSET + headerBytes;
  const header = parseHeader(bytes.subarray(HEADER_OFFSET, stateOffset), policy);
  const { config, weightDtype: dtype } = header;
  checkVersion(version, header);
  const stateBytes = stateByteLength(config, dtype, header.includesOptimizerState);
  const info = {
    version,
    header,
    config,
    dtype,
    parameters: parameterCount(config),
    stateOffset,
    fileByteLength: stateOffset + stateBytes,
  };
  if (fileByteLength !== undefined) checkLength(info, fileByteLength);
  return info;
}

/**
 * Reads a whole file of any version and dtype.
 * @param bytes the file; may be a view at any alignment. Not to be changed afterwards: where fp32
 *   weights stand at a multiple of 4 bytes, those returned are a view of them.
 * @param limits caps that replace those of `DEFAULT_LIMITS`.
 * @throws {FormatError} on anything malformed, over a limit, of the wrong length or not finite.
 */
export function readTinygpt(bytes: Uint8Array, limits: Partial<ReadLimits> = {}): TinygptFile {
  const info = readHeader(bytes, limits, bytes.length);
  const { version, header, config, dtype, stateOffset } = info;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = view.getInt32(stateOffset, true);
  if (step < 0) {
    throw new FormatError(`Expected a step of 0 or more at offset ${stateOffset}, got ${step}`, {
      expected: "a step of 0 or more",
      got: `${step}`,
      offset: stateOffset,
      fix: "Export the model again; its state does not start where the header ends.",
    });
  }
  const state = bytes.subarray(stateOffset + 4);
  const specs = tensorSpecs(config);
  const { weights, m, v } = header.includesOptimizerState
    ? readMoments(state, specs, info.parameters)
    : { weights: readWeights(state, specs, dtype), m: null, v: null };
  const { raw, tokenizer } = header;
  const file = { version, header, config, dtype, tokenizer, step, weights, m, v };
  checkFinite(info, specs, [weights, m, v]);
  return { ...file, recipe: raw.recipe ?? null, chain: raw.chain ?? null };
}

/** Magic, version and header length. */
function readPreamble(
  bytes: Uint8Array,
  limits: ReadLimits,
): { version: FileVersion; headerBytes: number } {
  const magic = Array.from(bytes.subarray(0, 4));
  if (magic.some((byte, i) => byte !== MAGIC[i])) {
    throw mismatch("the magic bytes TGPT", JSON.stringify(String.fromCharCode(...magic)), 0);
  }
  if (bytes.length < HEADER_OFFSET) throw truncated(HEADER_OFFSET, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(4, true);
  if (version !== 1 && version !== 2 && version !== 3) {
    throw mismatch("version 1, 2 or 3", `version ${version}`, 4);
  }
  const headerBytes = view.getUint32(8, true);
  if (headerBytes > limits.maxHeaderBytes) {
    throw overLimit("header", 8, limits.maxHeaderBytes, headerBytes);
  }
  if (HEADER_OFFSET + headerBytes > bytes.length) {
    throw truncated(HEADER_OFFSET + headerBytes, bytes.length);
  }
  return { version, headerBytes };
}

/** Version 3 and what older readers would misread come together. */
function checkVersion(version: FileVersion, { config, tokenizer }: TinygptHeader): void {
  const needed = fileVersion(config, tokenizer);
  if (Math.max(version, 2) === needed) return;
  const [expected, got] = needed === 3
    ? [
      "version 3 for a header with config.arch, config.imported or tokenizer",
      `version ${version}`,
    ]
    : ["config.arch in the header of version 3, or config.imported or tokenizer", "none"];
  throw new FormatError(`Expected ${expected} at offset 4, got ${got}`, {
    expected,
    got,
    offset: 4,
    fix: "Export the model again with the program that wrote it; its version is wrong.",
  });
}

function readWeights(
  state: Uint8Array,
  specs: readonly TensorSpec[],
  dtype: WeightDtype,
): Float32Array<ArrayBuffer> {
  if (dtype === "fp16") return unpackHalf(state);
  if (dtype === "int4") return unpackInt4(state, specs);
  const { buffer, byteOffset, length } = state;
  if (byteOffset % 4 === 0 && buffer instanceof ArrayBuffer) {
    return new Float32Array(buffer, byteOffset, length / 4);
  }
  const weights = new Float32Array(length / 4);
  bytesOf(weights).set(state);
  return weights;
}

/** Each tensor is three arrays in a row: weights, m, v. */
function readMoments(state: Uint8Array, specs: readonly TensorSpec[], parameters: number) {
  const weights = new Float32Array(parameters);
  const m = new Float32Array(parameters);
  const v = new Float32Array(parameters);
  let at = 0;
  for (const { offset, size } of specs) {
    for (const target of [weights, m, v]) {
      bytesOf(target).set(state.subarray(at, at + 4 * size), 4 * offset);
      at += 4 * size;
    }
  }
  return { weights, m, v };
}

/** Refuses the first value that is not finite, with the tensor's name and index. */
function checkFinite(
  info: HeaderInfo,
  specs: readonly TensorSpec[],
  arrays: readonly (Float32Array | null)[],
): void {
  arrays.forEach((values, part) => {
    const index = values === null ? -1 : firstNonFinite(values);
    if (values === null || index < 0) return;
    const spec = tensorAt(specs, index);
    const what = ["weight", "Adam m", "Adam v"][part];
    const where = `${what} at ${spec.name}[${index - spec.offset}]`;
    throw new FormatError(`Expected a finite ${where}, got ${values[index]}`, {
      expected: `a finite ${where}`,
      got: `${values[index]}`,
      offset: info.stateOffset + 4 + byteInTensors(info, spec, part, index),
      fix: "Export a checkpoint from before training diverged.",
    });
  });
}

/** Where element `index` of weights, m or v (part 0, 1, 2) stands after the step, in bytes. */
function byteInTensors(
  { header, config, dtype }: HeaderInfo,
  spec: TensorSpec,
  part: number,
  index: number,
): number {
  if (header.includesOptimizerState) return 4 * (2 * spec.offset + part * spec.size + index);
  if (dtype === "fp32") return 4 * index;
  if (dtype === "fp16") return 2 * index;
  // int4: only a scale can be at fault, and a bad one spoils the first value of its block.
  const before = tensorSpecs(config).filter(({ offset }) => offset < spec.offset);
  return 2 * (int4BlockCount(before) + (index - spec.offset) / INT4_BLOCK_SIZE);
}

function checkLength(info: HeaderInfo, length: number): void {
  if (length < info.fileByteLength) throw truncated(info.fileByteLength, length);
  if (length > info.fileByteLength) {
    throw new FormatError(
      `Expected the file to end at offset ${info.fileByteLength}, got ` +
        `${length - info.fileByteLength} more bytes`,
      {
        expected: `${info.fileByteLength} bytes`,
        got: `${length} bytes`,
        offset: info.fileByteLength,
        fix: "Remove what follows the weights, or mend the shape or dtype in the header.",
      },
    );
  }
}

function mismatch(expected: string, got: string, offset: number): FormatError {
  return new FormatError(`Expected ${expected} at offset ${offset}, got ${got}`, {
    expected,
    got,
    offset,
    fix: "Choose a .tinygpt file; this one is of another kind or damaged.",
  });
}

function truncated(expected: number, got: number): FormatError {
  return new FormatError(`Expected ${expected} bytes, got ${got}: the file is cut short`, {
    expected: `${expected} bytes`,
    got: `${got} bytes`,
    offset: got,
    fix: "Download or export the file again; its end is missing.",
  });
}

function overLimit(what: "file" | "header", offset: number, limit: number, got: number) {
  return new FormatError(`Expected a ${what} of at most ${limit} bytes, got ${got}`, {
    expected: `at most ${limit} bytes`,
    got: `${got} bytes`,
    offset,
    fix: what === "header"
      ? "Shorten the header (loss history, corpus, samples) or mend its stated length."
      : "Export the model without optimizer state or as fp16.",
  });
}
