// Reads and writes safetensors files (github.com/huggingface/safetensors, "Format"). Knows tensors by
// name, no model. Values come one tensor at a time, so a file is never held whole.

import canonicalize from "canonicalize";
import { bytesOf, concatBytes, uint64le, utf8 } from "../bytes.ts";
import { FormatError, ValidationError } from "../errors.ts";
import { unpackHalf } from "../format/half.ts";
import { describe, parseHeaderJson } from "../format/header_json.ts";
import { DEFAULT_LIMITS } from "../format/limits.ts";

/** Bytes that can be read anywhere: a file on disk, or an array in memory. */
export interface ByteSource {
  readonly byteLength: number;
  /** Exactly `length` bytes from `offset`; the view is valid until the next call. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface SafetensorsEntry {
  name: string;
  dtype: string;
  shape: number[];
  /** Offset of the first byte in the file. */
  offset: number;
  byteLength: number;
}

export interface Safetensors {
  tensors: Map<string, SafetensorsEntry>;
  metadata: Record<string, string>;
}

/** A tensor to write; `values` is called once, when its turn comes. */
export interface TensorToWrite {
  name: string;
  shape: readonly number[];
  values: () => Float32Array;
}

const LENGTH_BYTES = 8;
const METADATA = "__metadata__";
/** The header, a tensor, its fields: nothing nests deeper. */
const MAX_DEPTH = 3;
/** Values converted at once. */
const CHUNK = 2 ** 18;

/** Bytes of an element of every type the format names; only some can be read as float32. */
const ELEMENT_BYTES: Record<string, number> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
};

/** How each type that weights may have becomes float32, exactly. */
const CONVERSIONS: Record<string, (bytes: Uint8Array, to: Float32Array) => void> = {
  F32: (bytes, to) => bytesOf(to).set(bytes),
  F16: (bytes, to) => to.set(unpackHalf(bytes)),
  BF16: (bytes, to) => {
    const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
    for (let i = 0; i < bits.length; i++) bits[i] = bytes[2 * i] << 16 | bytes[2 * i + 1] << 24;
  },
};

/** An array in memory as a source. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/**
 * Reads and checks a file's header.
 * @throws {FormatError} unless the tensors have known types and distinct names and fill the file's
 *   data without a gap or an overlap.
 */
export async function openSafetensors(source: ByteSource): Promise<Safetensors> {
  if (source.byteLength < LENGTH_BYTES) {
    throw fault(0, `at least ${LENGTH_BYTES} bytes`, `${source.byteLength} bytes`);
  }
  const first = await source.read(0, LENGTH_BYTES);
  const stated = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const most = Math.min(DEFAULT_LIMITS.maxHeaderBytes, source.byteLength - LENGTH_BYTES);
  if (stated > BigInt(most)) throw fault(0, `a header of at most ${most} bytes`, `${stated} bytes`);
  const bytes = await source.read(LENGTH_BYTES, Number(stated));
  if (bytes[0] !== 0x7b) {
    throw fault(LENGTH_BYTES, "a header that begins with {", describe(bytes[0]));
  }
  const header = parseHeaderJson(bytes, LENGTH_BYTES, MAX_DEPTH);
  checkKeysDistinct(new TextDecoder().decode(bytes.slice()));
  const dataOffset = LENGTH_BYTES + Number(stated);
  const metadata = readMetadata(header[METADATA]);
  const entries = Object.entries(header).filter(([name]) => name !== METADATA)
    .map(([name, fields]) => readEntry(name, fields, dataOffset));
  checkContiguous(entries, dataOffset, source.byteLength);
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

/**
 * Reads one tensor, F32, F16 or BF16, as float32.
 * @param to room for every element, filled row-major.
 * @throws {FormatError} when the type is another one.
 */
export async function readTensor(
  source: ByteSource,
  entry: SafetensorsEntry,
  to: Float32Array,
): Promise<void> {
  const { name, dtype, offset } = entry;
  const convert = CONVERSIONS[dtype];
  if (convert === undefined) {
    throw fault(offset, `${describe(name)} as ${Object.keys(CONVERSIONS).join(", ")}`, dtype);
  }
  const width = ELEMENT_BYTES[dtype];
  for (let from = 0; from < to.length; from += CHUNK) {
    const chunk = to.subarray(from, from + CHUNK);
    convert(await source.read(offset + width * from, width * chunk.length), chunk);
  }
}

/**
 * A whole file in pieces, to be written in order: the header, then each tensor as F32.
 * @throws {ValidationError} when a tensor's values are not as many as its shape says.
 */
export function* writeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata: Record<string, string> = {},
): Generator<Uint8Array> {
  let end = 0;
  const header: Record<string, unknown> = { [METADATA]: metadata };
  for (const { name, shape } of tensors) {
    const begin = end;
    end += 4 * elements(shape);
    header[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  const text = canonicalize(header) as string;
  // Spaces after the JSON bring the values to a multiple of 8 bytes, as other writers do.
  const bytes = utf8(text);
  const padding = new Uint8Array((8 - bytes.length % 8) % 8).fill(0x20);
  yield concatBytes([uint64le(bytes.length + padding.length), bytes, padding]);
  for (const { name, shape, values } of tensors) {
    const array = values();
    if (array.length !== elements(shape)) {
      throw new ValidationError(
        `Expected ${elements(shape)} values in ${name}, got ${array.length}`,
        { path: name },
      );
    }
    yield bytesOf(array);
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function readMetadata(metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  const isMap = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) &&
    Object.values(metadata).every((value) => typeof value === "string");
  if (!isMap) throw fault(LENGTH_BYTES, `${METADATA} as texts by name`, describe(metadata));
  return metadata as Record<string, string>;
}

function readEntry(name: string, fields: unknown, dataOffset: number): SafetensorsEntry {
  const { dtype, shape, data_offsets: range } = (fields ?? {}) as Record<string, unknown>;
  const who = describe(name);
  if (typeof dtype !== "string" || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    const known = Object.keys(ELEMENT_BYTES).join(", ");
    throw fault(LENGTH_BYTES, `the dtype of ${who} to be one of ${known}`, describe(dtype));
  }
  if (!isWholeNumbers(shape)) {
    throw fault(LENGTH_BYTES, `the shape of ${who} as whole numbers`, describe(shape));
  }
  if (!isWholeNumbers(range) || range.length !== 2) {
    throw fault(LENGTH_BYTES, `data_offsets of ${who} as two whole numbers`, describe(range));
  }
  const [begin, end] = range;
  const byteLength = ELEMENT_BYTES[dtype] * elements(shape);
  if (end - begin !== byteLength) {
    const expected = `${byteLength} bytes of ${who}, ${dtype} [${shape}]`;
    throw fault(LENGTH_BYTES, expected, `data_offsets [${begin}, ${end}]`);
  }
  return { name, dtype, shape, offset: dataOffset + begin, byteLength };
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Every byte of the data belongs to exactly one tensor. */
function checkContiguous(
  entries: readonly SafetensorsEntry[],
  dataOffset: number,
  fileBytes: number,
): void {
  let end = dataOffset;
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  for (const { name, offset, byteLength } of inOrder) {
    if (offset !== end) {
      const what = offset < end ? "overlaps the tensor before it" : "leaves a gap before it";
      throw fault(end, `${describe(name)} at offset ${end}`, `${offset}: it ${what}`);
    }
    end += byteLength;
  }
  if (end !== fileBytes) throw fault(end, `a file of ${end} bytes`, `${fileBytes} bytes`);
}

/** JSON readers keep the last of two equal keys without a word; the format forbids both. */
function checkKeysDistinct(json: string): void {
  const seen: Set<string>[] = [];
  // A text, and the colon that makes it a key; or a brace outside texts.
  for (const [token, colon] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g)) {
    if (token === "{") seen.push(new Set());
    else if (token === "}") seen.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const names = seen.at(-1)!;
      if (names.has(name)) throw fault(LENGTH_BYTES, "every key once", `${describe(name)} twice`);
      names.add(name);
    }
  }
}

function fault(offset: number, expected: string, got: string): FormatError {
  return new FormatError(`safetensors: expected ${expected}, got ${got}`, {
    expected,
    got,
    offset,
    fix: "Download or export the file again; it is damaged or of another kind.",
  });
}
