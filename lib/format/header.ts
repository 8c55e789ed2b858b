// Validates the known fields of a `.tinygpt` header. Unknown fields are kept in `raw`, never trusted.

import * as z from "zod";
import { FormatError, ValidationError } from "../errors.ts";
import { parseTokenizer } from "../tokenizers/header_field.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { architectureOf, architectureProblem, architectureSchema } from "./architecture.ts";
import {
  type ModelConfig,
  parameterCount,
  projectionNames,
  type TensorSpec,
  tensorSpecs,
} from "./config.ts";
import { describe, parseHeaderJson } from "./header_json.ts";
import { importedProblem, importedSchema } from "./imported.ts";
import { INT4_BLOCK_SIZE, int4ByteLengths } from "./int4.ts";
import type { ReadLimits } from "./limits.ts";

/** Magic, version and header length come before the header. */
export const HEADER_OFFSET = 12;

/**
 * Version of a file: 3 when its header holds `config.arch`, `config.imported` or `tokenizer`, so
 * that readers which know 1 and 2 refuse what they would misread.
 */
export type FileVersion = 1 | 2 | 3;

export function fileVersion({ arch, imported }: ModelConfig, tokenizer: Tokenizer | null): 2 | 3 {
  return arch || imported || tokenizer?.headerField ? 3 : 2;
}

export const WEIGHT_DTYPES = ["fp32", "fp16", "int4"] as const;
export type WeightDtype = typeof WEIGHT_DTYPES[number];

/** What a program may say of where it has trained. */
export const TRAINED_IN = ["browser", "command-line"] as const;
export type TrainedIn = typeof TRAINED_IN[number];

/** The fields of a header this project acts on. All else stays in `raw`. */
export interface TinygptHeader {
  config: ModelConfig;
  /** Null when the vocabulary is not of bytes and the file does not say how it cuts them. */
  tokenizer: Tokenizer | null;
  weightDtype: WeightDtype;
  includesOptimizerState: boolean;
  /** Free text of the writer, or null. */
  savedAt: string | null;
  /** What the writer says of its tokenizer, or null. */
  tokenizerSource: string | null;
  /** Self-reported training time in milliseconds, or null. */
  trainWallMs: number | null;
  /** Self-reported too, or null. */
  trainedIn: TrainedIn | null;
  /** The whole JSON object as it stands in the file, without `__proto__` keys. */
  raw: Record<string, unknown>;
}

const dimension = z.int({ error: "a whole number" }).positive({ error: "a number above 0" });
const optionalDimension = dimension.nullish();
const byteCount = z.int({ error: "a whole number of bytes" }).nullish();

const headerSchema = z.object({
  config: z.object({
    layers: dimension,
    dModel: dimension,
    heads: dimension,
    ctx: dimension,
    dMlp: optionalDimension,
    vocabSize: optionalDimension,
    tokenizerSource: z.string().nullish().catch(null),
    arch: architectureSchema.optional(),
    imported: importedSchema.optional(),
  }, { error: "an object" }),
  weightDtype: z.enum(WEIGHT_DTYPES, { error: '"fp32", "fp16" or "int4"' }).nullish(),
  includesOptimizerState: z.boolean({ error: "true or false" }).nullish(),
  manifest: z.array(z.unknown(), { error: "an array" }).nullish(),
  int4BlockSize: z.literal(INT4_BLOCK_SIZE, { error: String(INT4_BLOCK_SIZE) }).nullish(),
  stateByteLength: byteCount,
  int4ScalesBytes: byteCount,
  int4PackedBytes: byteCount,
  savedAt: z.string().nullish().catch(null),
  trainWallMs: z.number().nonnegative().nullish().catch(null),
  trainedIn: z.enum(TRAINED_IN).nullish().catch(null),
});
type KnownFields = z.infer<typeof headerSchema>;

/**
 * Bytes of the state: its int32 step, then the tensors.
 * @param moments whether each tensor is followed by Adam's m and v (fp32 only).
 */
export function stateByteLength(
  config: ModelConfig,
  dtype: WeightDtype,
  moments: boolean,
): number {
  if (dtype === "int4") {
    const { scales, packed } = int4ByteLengths(tensorSpecs(config));
    return 4 + scales + packed;
  }
  const bytesPerWeight = dtype === "fp16" ? 2 : moments ? 12 : 4;
  return 4 + bytesPerWeight * parameterCount(config);
}

/**
 * Parses and validates the N bytes of a header.
 * @throws {FormatError} at `HEADER_OFFSET` (or inside the header) on anything malformed, over a
 *   limit, or contradicting itself.
 */
export function parseHeader(bytes: Uint8Array, limits: ReadLimits): TinygptHeader {
  const raw = parseHeaderJson(bytes, HEADER_OFFSET, limits.maxHeaderDepth);
  const parsed = headerSchema.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw fieldError(path.join("."), message, describe(valueAt(raw, path)));
  }
  const fields = parsed.data;
  const { layers, dModel, heads, ctx, dMlp, vocabSize, arch, imported } = fields.config;
  const config: ModelConfig = {
    layers,
    dModel,
    heads,
    ctx,
    dMlp: dMlp ?? 4 * dModel,
    vocabSize: vocabSize ?? 256,
    ...(arch ? { arch } : {}),
    ...(imported ? { imported } : {}),
  };
  checkConfig(config, limits);
  const tokenizer = readTokenizer(raw.tokenizer, config.vocabSize);
  if (fields.manifest) checkManifest(fields.manifest, tensorSpecs(config));
  const weightDtype = fields.weightDtype ?? "fp32";
  // Files that do not say hold the canonical state: fp32 with moments; packed ones never do.
  const includesOptimizerState = fields.includesOptimizerState ?? weightDtype === "fp32";
  if (includesOptimizerState && weightDtype !== "fp32") {
    throw fieldError("includesOptimizerState", `false, as for every ${weightDtype} file`, "true");
  }
  checkByteCounts(fields, config, weightDtype, includesOptimizerState);
  return {
    config,
    tokenizer,
    weightDtype,
    includesOptimizerState,
    savedAt: fields.savedAt ?? null,
    tokenizerSource: fields.config.tokenizerSource ?? null,
    trainWallMs: fields.trainWallMs ?? null,
    trainedIn: fields.trainedIn ?? null,
    raw,
  };
}

function readTokenizer(field: unknown, vocabSize: number): Tokenizer | null {
  try {
    return parseTokenizer(field, vocabSize);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const { path, problem: { expected = "a tokenizer", got } } = error;
    const keys = path === "" ? [] : path.split(".");
    const where = ["tokenizer", ...keys].join(".");
    throw fieldError(where, expected, got ?? describe(valueAt(field, keys)));
  }
}

/**
 * Checks a shape against policy before any tensor is listed.
 * @throws {FormatError} naming the first value over its cap or not fitting the others.
 */
export function checkConfig(config: ModelConfig, limits: ReadLimits): void {
  const caps: [Exclude<keyof ModelConfig, "arch" | "imported">, number][] = [
    ["layers", limits.maxLayers],
    ["dModel", limits.maxDModel],
    ["heads", limits.maxDModel],
    ["ctx", limits.maxCtx],
    ["dMlp", limits.maxDMlp],
    ["vocabSize", limits.maxVocabSize],
  ];
  for (const [field, cap] of caps) {
    const value = config[field];
    if (!Number.isSafeInteger(value) || value < 1 || value > cap) {
      throw fieldError(`config.${field}`, `a whole number from 1 to ${cap}`, describe(value));
    }
  }
  if (config.dModel % config.heads !== 0) {
    throw fieldError("config.heads", `a divisor of dModel ${config.dModel}`, `${config.heads}`);
  }
  const problem = architectureProblem(config);
  if (problem) throw fieldError(`config.${problem.path}`, problem.expected, problem.got);
  checkImported(config);
  const parameters = parameterCount(config);
  if (parameters > limits.maxParameters) {
    throw new FormatError(
      `Expected at most ${limits.maxParameters} parameters, got ${parameters}`,
      {
        expected: `at most ${limits.maxParameters} parameters`,
        got: `${parameters} parameters`,
        offset: HEADER_OFFSET,
        fix: "Train a smaller model; the header's shape decides the number of parameters.",
      },
    );
  }
}

/** @throws {FormatError} when `imported` says what does not fit the shape, or nothing. */
function checkImported(config: ModelConfig): void {
  if (config.imported === undefined) return;
  const { biases, positions, mlp } = architectureOf(config);
  const problem = importedProblem(config.imported, {
    layers: config.layers,
    ctx: config.ctx,
    usualScale: Math.fround(1 / Math.sqrt(config.dModel / config.heads)),
    biases,
    rotary: positions === "rotary",
    gelu: mlp === "gelu",
    projections: projectionNames(config),
  });
  if (problem === null) return;
  const path = ["config.imported", problem.path].filter(Boolean).join(".");
  throw fieldError(path, problem.expected, problem.got);
}

/** A manifest may be absent; one that is there must describe exactly the tensors of the shape. */
function checkManifest(manifest: readonly unknown[], specs: readonly TensorSpec[]): void {
  if (manifest.length !== specs.length) {
    throw fieldError("manifest", `${specs.length} tensors`, `${manifest.length} tensors`);
  }
  specs.forEach((spec, i) => {
    const entry = manifest[i];
    if (typeof entry !== "object" || entry === null) {
      throw fieldError(`manifest.${i}`, "an object", describe(entry));
    }
    const { name, shape, floatOffset } = entry as Record<string, unknown>;
    if (name !== spec.name) {
      throw fieldError(`manifest.${i}.name`, describe(spec.name), describe(name));
    }
    if (!isShapeOf(spec, shape)) {
      throw fieldError(`manifest.${i}.shape`, `[${spec.shape}]`, describeShape(shape));
    }
    if (floatOffset !== spec.offset) {
      throw fieldError(`manifest.${i}.floatOffset`, `${spec.offset}`, describe(floatOffset));
    }
  });
}

/**
 * The older engine lists both MLP matrices as [out, in] though it stores them [in, out], so their
 * reversed shape is accepted too.
 */
function isShapeOf(spec: TensorSpec, shape: unknown): boolean {
  if (!Array.isArray(shape) || shape.length !== spec.shape.length) return false;
  if (spec.shape.every((size, d) => shape[d] === size)) return true;
  return spec.name.includes(".mlp.") && shape.length === 2 &&
    shape[0] === spec.shape[1] && shape[1] === spec.shape[0];
}

function describeShape(shape: unknown): string {
  return Array.isArray(shape) && shape.length <= 4
    ? `[${shape.map((size) => describe(size)).join(",")}]`
    : describe(shape);
}

/** Lengths a header repeats must be the ones its shape implies. */
function checkByteCounts(
  fields: KnownFields,
  config: ModelConfig,
  dtype: WeightDtype,
  moments: boolean,
): void {
  const implied: [keyof KnownFields, number][] = [
    ["stateByteLength", stateByteLength(config, dtype, moments)],
  ];
  if (dtype === "int4") {
    const { scales, packed } = int4ByteLengths(tensorSpecs(config));
    implied.push(["int4ScalesBytes", scales], ["int4PackedBytes", packed]);
  }
  for (const [field, bytes] of implied) {
    const stated = fields[field] ?? bytes;
    if (stated !== bytes) throw fieldError(field, `${bytes}`, describe(stated));
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function fieldError(field: string, expected: string, got: string): FormatError {
  return new FormatError(`Header field ${field}: expected ${expected}, got ${got}`, {
    expected,
    got,
    offset: HEADER_OFFSET,
    fix: `Export the model again, with ${field} as expected.`,
  });
}
