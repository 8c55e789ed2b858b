// What the kinds of Hugging Face models have in common: how their fields are read and written.

import * as z from "zod";
import canonicalize from "canonicalize";
import { ValidationError } from "../errors.ts";
import { type Architecture, architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import { DEFAULT_NORM_EPSILON, type ImportedOptions } from "../format/imported.ts";

/** What a `config.json` holds. */
export type HfConfig = Record<string, unknown>;

export const size = z.int({ error: "a whole number" }).positive({ error: "a number above 0" });
export const factor = z.number({ error: "a number" });
/** Of an option: any, or the only value that is computed here. */
export const flag = (only?: boolean) =>
  only === undefined
    ? z.boolean({ error: "true or false" }).nullish()
    : z.literal(only, { error: `${only}: nothing else is computed here` }).nullish();
const GELU_NAMES = {
  gelu: "erf",
  gelu_new: "tanh",
  gelu_pytorch_tanh: "tanh",
  gelu_fast: "tanh",
} as const;
export const gelu = z.enum(["gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast"], {
  error: `one of ${Object.keys(GELU_NAMES).join(", ")}`,
}).default("gelu_new");

/** The one form of a shape: `arch` and `imported` only where they say something. */
export function modelConfig(
  sizes: Omit<ModelConfig, "arch" | "imported">,
  change: Partial<Architecture>,
  imported: ImportedOptions,
): ModelConfig {
  const classic = architectureOf(sizes);
  const arch = { ...classic, ...change };
  return {
    ...sizes,
    ...(canonicalize(arch) === canonicalize(classic) ? {} : { arch }),
    ...(Object.keys(imported).length === 0 ? {} : { imported }),
  };
}

/** The GELU of that name, where it is not the usual one. */
export function geluOption(name: keyof typeof GELU_NAMES): Pick<ImportedOptions, "gelu"> {
  return GELU_NAMES[name] === "tanh" ? { gelu: "tanh" } : {};
}

/** Of the norms, where it is not the usual one in binary32. */
export function epsilonOption(normEpsilon: number): Pick<ImportedOptions, "normEpsilon"> {
  return Math.fround(normEpsilon) === Math.fround(DEFAULT_NORM_EPSILON) ? {} : { normEpsilon };
}

/** @throws {ValidationError} naming the first field that is not as it should be. */
export function parseFields<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const found = path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  );
  throw fieldProblem(path.join("."), message, found);
}

/** Says of the field at `path` what was expected there. */
export function fieldProblem(path: string, expected: string, found: unknown): ValidationError {
  const got = (JSON.stringify(found) ?? "nothing").slice(0, 80);
  return new ValidationError(`config.json, ${path}: expected ${expected}, got ${got}`, {
    path,
    expected,
    got,
    fix:
      "Choose a GPT-2, GPT-Neo or Llama model whose options are listed in docs/import-export.md.",
  });
}
