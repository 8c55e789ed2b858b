// A set that the server is to generate: what is asked for, and what it will cost. Knows no database.

import { z } from "zod";
import { utf8 } from "../../bytes.ts";
import { printable } from "../../submissions/text_fields.ts";
import { completionSchema, PUBLISHED_DECODING, searchSchema } from "./completions.ts";

const id = z.string().regex(/^[\w-]{1,64}$/, "an id");

/** As a form, sent by a browser without a script, or a program asks. */
export const orderSchema = z.strictObject({
  /** A model of the board. */
  entry: id,
  promptSetId: id,
  rubricId: id,
  name: printable(0, 80).default(""),
  /** What the model is called in the set; by its name on the board where empty. */
  model: printable(0, 120).default(""),
  into: id.nullable().default(null),
  search: searchSchema.default({ ...PUBLISHED_DECODING, endToken: null }),
});

/** What a job is to complete: the prompts whose completions are not there yet. */
export const generationSchema = z.object({
  prompts: z.array(z.object({ id: z.string(), text: z.string() })),
  /** Completions that earlier attempts have handed over. */
  done: z.int().min(0),
  search: searchSchema,
});
export type Generation = z.infer<typeof generationSchema>;

/** What it hands back: completions of those prompts, all of them. */
export const generatedSchema = z.object({
  engineDigest: z.string(),
  parameters: z.int().min(1),
  completions: z.array(completionSchema),
});
export type Generated = z.infer<typeof generatedSchema>;

/** Orders of an account that may be open at a time. */
export const MOST_OPEN_ORDERS = 3;
/** Some hours on two cores; a larger set is for one's own machine. */
export const MOST_ORDER_FLOPS = 5e14;
/** Characters of prompts that go to a worker with one job. */
export const MOST_PROMPT_CHARACTERS = 2_000_000;

/**
 * FLOPs of a search over these prompts, about: two for each parameter and position. Once a text is
 * longer than the context its window moves, and all of it is computed again for each token.
 *
 * @param ctx of the model, in tokens; null where nobody knows: then no window moves.
 */
export function searchFlops(
  prompts: readonly { text: string }[],
  { beams, maxTokens }: { beams: number; maxTokens: number },
  { parameters, ctx }: { parameters: number; ctx: number | null },
): number {
  let positions = 0;
  for (const { text } of prompts) {
    // A token is a byte at least.
    const length = utf8(text).length;
    const moved = ctx === null ? 0 : Math.min(maxTokens, Math.max(0, length + maxTokens - ctx));
    positions += length + beams * (maxTokens - moved + moved * (ctx ?? 1));
  }
  return 2 * parameters * positions;
}
