// Looks inside a model at one text: its tokens, attention, and what it would say after each block.

import type { ExactMath, InferenceModel } from "../engine/engine.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { type Choice, likeliest, probabilities } from "./distribution.ts";

/** More are hard to see in a picture, and a map of attention grows with their square. */
export const MOST_LOOKED_AT = 96;

/** A token with what it stands for. */
export interface ShownChoice extends Choice {
  bytes: number[];
}

export interface Look {
  /** The last of the text's tokens, as many as fit. */
  tokens: { id: number; bytes: number[] }[];
  /** Tokens before those, which the model was not given. */
  left: number;
  /** [layer][head]: [n, n], row t being how token t attends to the tokens 0..t. Rows add up to 1. */
  attention: Float32Array[][];
  /**
   * [depth][position]: the likeliest next tokens as if the model ended after `depth` blocks (logit
   * lens, nostalgebraist 2020). 0 is the embeddings alone, the last depth the model itself.
   */
  lens: ShownChoice[][][];
}

export interface LookOptions {
  /** Tokens named at each place; 8 unless given. */
  top?: number;
  /** Tokens of the text, `MOST_LOOKED_AT` unless given, and never more than the context holds. */
  most?: number;
}

/** @throws {ValidationError} when the text is empty. */
export async function lookInside(
  model: InferenceModel,
  tokenizer: Tokenizer,
  math: ExactMath,
  text: Uint8Array,
  { top = 8, most = MOST_LOOKED_AT }: LookOptions = {},
): Promise<Look> {
  const all = tokenizer.encode(text);
  const ids = all.slice(-Math.min(most, model.config.ctx));
  const bytesOf = (token: number) => [...tokenizer.tokenBytes(token)];
  const attention: Float32Array[][] = [];
  const lens: ShownChoice[][][] = [];
  await model.trace(ids, {
    attention: (layer, head, weights) => (attention[layer] ??= [])[head] = weights,
    logits: (depth, rows) =>
      lens[depth] = rows.map((logits) =>
        likeliest(probabilities(logits, math.exp), top)
          .map((choice) => ({ ...choice, bytes: bytesOf(choice.token) }))
      ),
  });
  return {
    tokens: Array.from(ids, (id) => ({ id, bytes: bytesOf(id) })),
    left: all.length - ids.length,
    attention,
    lens,
  };
}
