// Between `config.json` of Hugging Face models and our model shape. Knows no tensors.

import canonicalize from "canonicalize";
import { ValidationError } from "../errors.ts";
import type { ModelConfig } from "../format/config.ts";
import { fieldProblem, type HfConfig } from "./hf_fields.ts";
import { readGpt2, readGptNeo, writeGpt2, writeGptNeo } from "./hf_gpt.ts";
import { readLlama, writeLlama } from "./hf_llama.ts";

export const FAMILIES = ["gpt2", "gpt_neo", "llama"] as const;
/** `model_type` of the kinds of model that can be exchanged. */
export type Family = typeof FAMILIES[number];

export interface FamilyModel {
  family: Family;
  config: ModelConfig;
}

/**
 * Reads a `config.json`.
 * @throws {ValidationError} for another kind of model, or an option that is not computed here.
 */
export function readHfConfig(json: unknown): FamilyModel {
  const family = (json as Record<string, unknown> | null)?.model_type;
  const readers = { gpt2: readGpt2, gpt_neo: readGptNeo, llama: readLlama };
  if (typeof family !== "string" || !Object.hasOwn(readers, family)) {
    throw fieldProblem("model_type", `one of ${FAMILIES.join(", ")}`, family);
  }
  return { family: family as Family, config: readers[family as Family](json) };
}

/**
 * The `config.json` of a model of ours: of the first family that has such models.
 * @throws {ValidationError} when none has.
 */
export function writeHfConfig(config: ModelConfig): { family: Family; json: HfConfig } {
  const writers = { gpt2: writeGpt2, gpt_neo: writeGptNeo, llama: writeLlama };
  for (const [family, write] of Object.entries(writers)) {
    const json = write(config);
    // A family can hold what it reads back unchanged.
    if (canonicalize(readOrNull(json)) === canonicalize(config)) {
      return { family: family as Family, json };
    }
  }
  throw new ValidationError("No kind of Hugging Face model has this shape", {
    path: "model",
    expected: "a shape of GPT-2 (without arch), GPT-Neo, or Llama (RMS norm, rotary, SwiGLU)",
    got: canonicalize({ arch: config.arch, imported: config.imported }),
    fix:
      "Only these can be exported; the .tinygpt file itself is documented in docs/file-format.md.",
  });
}

function readOrNull(json: HfConfig): ModelConfig | null {
  try {
    return readHfConfig(json).config;
  } catch (error) {
    if (error instanceof ValidationError) return null;
    throw error;
  }
}
