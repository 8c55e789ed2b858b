// Where a judge is asked, and what it may cost. Knows no protocol: see protocols.ts.

import { z } from "zod";

export const PROTOCOLS = ["openai", "anthropic", "gemini"] as const;
export type Protocol = typeof PROTOCOLS[number];

/** Of a protocol without an address of one's own. */
export const USUAL_ADDRESS: Record<Protocol, string> = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com",
  gemini: "https://generativelanguage.googleapis.com",
};

export const PROTOCOL_NAMES: Record<Protocol, string> = {
  openai: "OpenAI-compatible",
  anthropic: "Anthropic",
  gemini: "Gemini",
};

const MOST_ANSWER_TOKENS = 32_768;

/** All of it but the key: the key is given to each call and is part of nothing that is kept. */
export const endpointSchema = z.object({
  protocol: z.enum(PROTOCOLS, `one of ${PROTOCOLS.join(", ")}`),
  /** Up to the version: what is asked for is added by the protocol. */
  baseUrl: z.string().max(300).refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    "an address such as https://api.example.com/v1",
  ),
  model: z.string().trim().min(1, "the name of a model").max(200),
  /** Null leaves it to the endpoint: some models take no other than their own. */
  temperature: z.number().min(0).max(2).nullable(),
  maxTokens: z.number().int().min(16).max(MOST_ANSWER_TOKENS),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** Tokens of the question and of the answer; what a model thinks unseen is paid as answer. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

/** In one currency, for a million tokens. */
export interface Price {
  input: number;
  output: number;
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** In the currency of the price. */
export function costOf({ inputTokens, outputTokens }: Usage, { input, output }: Price): number {
  return (inputTokens * input + outputTokens * output) / 1e6;
}
