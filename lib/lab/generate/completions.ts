// A model's completions of a prompt set, as they are made and sent. Knows no page and no database.

import { z } from "zod";
import { fromUtf8, utf8 } from "../../bytes.ts";
import { MOST_BEAMS } from "../../engine/beam_search.ts";
import type { InferenceModel } from "../../engine/engine.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { decodingSchema, labModelSchema, longText, TEXT_LENGTH } from "../schema.ts";
import type { Decoding, Prompt } from "../types.ts";

/**
 * The decoding of the published runs: five beams, no sampling. That there was a least and a most
 * length is told, the numbers are not: these are inferred from completions of 29 to 234 words, the
 * longest of which break off in the middle of one.
 */
export const PUBLISHED_DECODING = {
  beams: 5,
  minTokens: 32,
  maxTokens: 256,
} as const;

export const searchSchema = z.strictObject({
  beams: z.int().min(1).max(MOST_BEAMS),
  minTokens: z.int().min(0),
  maxTokens: z.int().min(1).max(100_000),
  /** Id of the token that ends a text; null where a model has none. */
  endToken: z.int().min(0).nullable(),
}).refine(
  ({ minTokens, maxTokens }) => minTokens <= maxTokens,
  "no more least tokens than most tokens",
);
export type SearchOptions = z.infer<typeof searchSchema>;

/** What a model wrote after a prompt. */
export const completionSchema = z.strictObject({
  promptId: z.string(),
  text: longText(TEXT_LENGTH),
});
export type Completion = z.infer<typeof completionSchema>;

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
  completions: z.array(completionSchema).min(1).max(5_000),
});
export type CompletionsDraft = z.input<typeof completionsSchema>;

/** Continues a prompt by what scores best. */
export type Complete = (prompt: string) => Promise<string>;

export function completer(
  model: Pick<InferenceModel, "beamSearch">,
  tokenizer: Tokenizer,
  { endToken, ...search }: SearchOptions,
): Complete {
  const options = { ...search, ...endToken !== null && { endToken } };
  return async (prompt) => {
    const [[best]] = await model.beamSearch([tokenizer.encode(utf8(prompt))], options);
    return fromUtf8(tokenizer.decode(best?.tokens ?? []));
  };
}

/** One completion after another, in the order of the prompts, each told as it is done. */
export async function completeAll(
  prompts: readonly Pick<Prompt, "id" | "text">[],
  complete: Complete,
  onDone: (done: number, completion: Completion) => void | Promise<void>,
): Promise<Completion[]> {
  const completions: Completion[] = [];
  for (const { id, text } of prompts) {
    const completion = { promptId: id, text: (await complete(text)).slice(0, TEXT_LENGTH) };
    completions.push(completion);
    await onDone(completions.length, completion);
  }
  return completions;
}
