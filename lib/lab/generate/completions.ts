// A model's completions of a prompt set, as they are made and sent. Knows no engine, no page and no
// database.

import { z } from "zod";
import { decodingSchema, labModelSchema, longText, TEXT_LENGTH } from "../schema.ts";
import type { Decoding, Prompt } from "../types.ts";

/**
 * The decoding of the published runs: five beams, no sampling. Their lengths are not told; the
 * longest published completions have about 256 tokens, the shortest about 40.
 */
export const PUBLISHED_DECODING = {
  beams: 5,
  minTokens: 32,
  maxTokens: 256,
} as const;

export interface SearchOptions {
  beams: number;
  minTokens: number;
  maxTokens: number;
  /** Id of the token that ends a text; null where a model has none. */
  endToken: number | null;
}

export function decodingOf({ beams, minTokens, maxTokens, endToken }: SearchOptions): Decoding {
  return {
    ...{ beams, sample: false, maxLength: maxTokens, unit: "tokens" },
    // Only what may end early can be too short.
    minLength: endToken === null ? null : minTokens,
    note: endToken === null ? "no end token" : `end token ${endToken}`,
  };
}

/** Completions of one model, to every prompt of a set. */
export const completionsSchema = z.strictObject({
  name: z.string().max(80).default(""),
  promptSetId: z.string(),
  rubricId: z.string(),
  /** A set that this model joins: of the same prompts, rubric and decoding. */
  into: z.string().nullable().default(null),
  /** SHA-256 of the file: a model of the board is known by it. */
  fileDigest: z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256").nullable().default(null),
  model: labModelSchema.omit({ entryId: true }),
  decoding: decodingSchema,
  completions: z.array(z.strictObject({
    promptId: z.string(),
    text: longText(TEXT_LENGTH),
  })).min(1).max(5_000),
});
export type CompletionsDraft = z.input<typeof completionsSchema>;

/**
 * One completion after another, each told as it is done.
 * @param complete continues a prompt by what scores best.
 */
export async function completeAll(
  prompts: readonly Prompt[],
  complete: (prompt: string) => Promise<string>,
  onDone: (done: number) => void,
): Promise<CompletionsDraft["completions"]> {
  const completions: CompletionsDraft["completions"] = [];
  for (const { id, text } of prompts) {
    completions.push({ promptId: id, text: (await complete(text)).slice(0, TEXT_LENGTH) });
    onDone(completions.length);
  }
  return completions;
}
