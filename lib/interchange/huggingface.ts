// Models between Hugging Face's files and ours: config.json and tensors. Knows no disk.

import { FormatError } from "../errors.ts";
import { type ModelConfig, parameterCount, tensorSpecs } from "../format/config.ts";
import { checkConfig } from "../format/header.ts";
import { describe } from "../format/header_json.ts";
import { DEFAULT_LIMITS } from "../format/limits.ts";
import { type Family, readHfConfig, writeHfConfig } from "./hf_config.ts";
import type { HfConfig } from "./hf_fields.ts";
import { BUFFERS, copyParts, type HfTensor, hfTensors, PREFIXES } from "./hf_tensors.ts";
import {
  type ByteSource,
  openSafetensors,
  readTensor,
  type Safetensors,
  type TensorToWrite,
} from "./safetensors.ts";

export interface ImportedModel {
  family: Family;
  config: ModelConfig;
  /** Flat, in the order of `tensorSpecs`. */
  weights: Float32Array<ArrayBuffer>;
}

/**
 * Reads a model, one tensor at a time: beside the weights no more than the largest matrix is held.
 * @param configJson the parsed `config.json`. @param source the bytes of `model.safetensors`.
 * @throws {ValidationError} for a model or an option that is not computed here.
 * @throws {FormatError} when the tensors are malformed, or not those of the configuration.
 */
export async function importModel(configJson: unknown, source: ByteSource): Promise<ImportedModel> {
  const { family, config } = readHfConfig(configJson);
  checkConfig(config, DEFAULT_LIMITS);
  const file = await openSafetensors(source);
  const tensors = hfTensors(family, config, prefixOf(family, file));
  checkTensors(tensors, file);
  const weights = new Float32Array(parameterCount(config));
  const parts = partsOf(config, weights);
  const room = new Float32Array(Math.max(...tensors.filter(isRearranged).map(elements)));
  for (const tensor of tensors) {
    const entry = file.tensors.get(tensor.name)!;
    const ours = tensor.parts.map(parts);
    if (!isRearranged(tensor)) await readTensor(source, entry, ours[0]);
    else {
      const theirs = room.subarray(0, elements(tensor));
      await readTensor(source, entry, theirs);
      copyParts(tensor, theirs, ours, "toOurs");
    }
  }
  return { family, config, weights };
}

/**
 * A model of ours as Hugging Face's: its `config.json`, and its tensors to be written in turn.
 * @throws {ValidationError} when no kind of their models has this shape.
 */
export function exportModel(
  config: ModelConfig,
  weights: Float32Array,
): { family: Family; configJson: HfConfig; tensors: TensorToWrite[] } {
  const { family, json: configJson } = writeHfConfig(config);
  const parts = partsOf(config, weights);
  const tensors = hfTensors(family, config).map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    values() {
      if (!isRearranged(tensor)) return parts(tensor.parts[0]);
      const theirs = new Float32Array(elements(tensor));
      copyParts(tensor, theirs, tensor.parts.map(parts), "toTheirs");
      return theirs;
    },
  }));
  return { family, configJson, tensors };
}

/** Views of our tensors, by name. */
function partsOf(config: ModelConfig, weights: Float32Array): (name: string) => Float32Array {
  const views = new Map(
    tensorSpecs(config).map(({ name, offset, size }) => [
      name,
      weights.subarray(offset, offset + size),
    ]),
  );
  return (name) => views.get(name)!;
}

/** A model saved without its head has names without the prefix. */
function prefixOf(family: Family, { tensors }: Safetensors): string {
  const prefix = PREFIXES[family];
  return [...tensors.keys()].some((name) => name.startsWith(prefix)) ? prefix : "";
}

/** The file holds the model's tensors in their shapes, and nothing that would change the model. */
function checkTensors(tensors: readonly HfTensor[], file: Safetensors): void {
  const names = new Set(tensors.map(({ name }) => name));
  for (const { name, shape } of tensors) {
    const entry = file.tensors.get(name);
    const expected = `${name} [${shape}]`;
    if (entry === undefined) throw fault(0, expected, "no such tensor");
    if (String(entry.shape) !== String(shape)) {
      throw fault(entry.offset, expected, `[${entry.shape}]`);
    }
  }
  for (const { name, offset } of file.tensors.values()) {
    // A tied head may be stored a second time.
    if (names.has(name) || BUFFERS.test(name) || name === "lm_head.weight") continue;
    throw fault(offset, "only tensors of the model", describe(name));
  }
}

/** Whether the elements stand in another order than in our one tensor. */
function isRearranged({ parts, transposed }: HfTensor): boolean {
  return transposed || parts.length > 1;
}

function elements({ shape }: HfTensor): number {
  return shape.reduce((product, size) => product * size, 1);
}

function fault(offset: number, expected: string, got: string): FormatError {
  return new FormatError(`model.safetensors: expected ${expected}, got ${got}`, {
    expected,
    got,
    offset,
    fix: "Export the model again; config.json and model.safetensors must be of the same model.",
  });
}
