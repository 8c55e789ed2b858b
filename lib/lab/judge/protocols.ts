// Three ways to ask a language model one question over HTTP: what is sent, what comes back.
// Knows no network. The makers' own client libraries were left out: the three of them are 209 KB
// (gzip) of script for one POST each.

import { z } from "zod";
import type { Endpoint, Protocol, Usage } from "./endpoint.ts";

export interface Question {
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

export interface Answer {
  text: string;
  usage: Usage;
  /** The endpoint's word for why it stopped before its end, or null. */
  cutShort: string | null;
}

interface Speech {
  question(endpoint: Endpoint, key: string, prompt: string): Question;
  /** @throws {z.ZodError} for what is no answer of this protocol. */
  answer(body: unknown): Answer;
}

const count = z.number().int().nonnegative().catch(0);

const openaiAnswer = z.object({
  choices: z.array(z.object({
    message: z.object({ content: z.string().nullable() }),
    finish_reason: z.string().nullish(),
  })).min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish(),
});

const anthropicAnswer = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullish(),
  usage: z.object({
    input_tokens: count,
    cache_creation_input_tokens: count.nullish(),
    cache_read_input_tokens: count.nullish(),
    output_tokens: count,
  }).nullish(),
});

const geminiAnswer = z.object({
  candidates: z.array(z.object({
    content: z.object({
      parts: z.array(z.object({ text: z.string().optional(), thought: z.boolean().optional() })),
    }).nullish(),
    finishReason: z.string().nullish(),
  })).optional(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: z.object({
    promptTokenCount: count,
    candidatesTokenCount: count,
    thoughtsTokenCount: count.nullish(),
  }).nullish(),
}).refine(({ candidates, promptFeedback }) => candidates || promptFeedback, "neither is there");

export const PROTOCOL: Record<Protocol, Speech> = {
  openai: {
    question: ({ baseUrl, model, temperature, maxTokens }, key, content) => ({
      url: below(baseUrl, "/v1", "/chat/completions"),
      headers: bearer(key),
      body: {
        model,
        // OpenAI's own models have given up the name that everybody else understands.
        [isOpenai(baseUrl) ? "max_completion_tokens" : "max_tokens"]: maxTokens,
        ...(temperature !== null && { temperature }),
        messages: [{ role: "user", content }],
      },
    }),
    answer(body) {
      const { choices: [{ message, finish_reason }], usage } = openaiAnswer.parse(body);
      return {
        text: message.content ?? "",
        usage: {
          inputTokens: usage?.prompt_tokens ?? 0,
          outputTokens: usage?.completion_tokens ?? 0,
        },
        cutShort: unless("stop", finish_reason),
      };
    },
  },

  anthropic: {
    question: ({ baseUrl, model, temperature, maxTokens }, key, content) => ({
      url: below(baseUrl, "/v1", "/messages"),
      headers: {
        "x-api-key": key,
        "anthropic-version": "2023-06-01",
        // Without it the service refuses pages. Whose key it is, is who is asked.
        "anthropic-dangerous-direct-browser-access": "true",
      },
      body: {
        model,
        max_tokens: maxTokens,
        ...(temperature !== null && { temperature }),
        messages: [{ role: "user", content }],
      },
    }),
    answer(body) {
      const { content, stop_reason, usage } = anthropicAnswer.parse(body);
      return {
        text: content.map(({ text = "" }) => text).join(""),
        usage: {
          inputTokens: (usage?.input_tokens ?? 0) + (usage?.cache_creation_input_tokens ?? 0) +
            (usage?.cache_read_input_tokens ?? 0),
          outputTokens: usage?.output_tokens ?? 0,
        },
        cutShort: unless("end_turn", stop_reason),
      };
    },
  },

  gemini: {
    question: ({ baseUrl, model, temperature, maxTokens }, key, text) => ({
      url: below(
        baseUrl,
        "/v1beta",
        `/models/${encodeURIComponent(model.replace(/^models\//, ""))}:generateContent`,
      ),
      headers: { "x-goog-api-key": key },
      body: {
        contents: [{ role: "user", parts: [{ text }] }],
        generationConfig: {
          maxOutputTokens: maxTokens,
          ...(temperature !== null && { temperature }),
        },
      },
    }),
    answer(body) {
      const { candidates = [], promptFeedback, usageMetadata } = geminiAnswer.parse(body);
      const parts = candidates[0]?.content?.parts ?? [];
      return {
        text: parts.map(({ text = "", thought }) => thought ? "" : text).join(""),
        usage: {
          inputTokens: usageMetadata?.promptTokenCount ?? 0,
          outputTokens: (usageMetadata?.candidatesTokenCount ?? 0) +
            (usageMetadata?.thoughtsTokenCount ?? 0),
        },
        cutShort: promptFeedback?.blockReason ?? unless("STOP", candidates[0]?.finishReason),
      };
    },
  },
};

/** Servers on one's own machine take no key. */
function bearer(key: string): Record<string, string> {
  return key === "" ? {} : { authorization: `Bearer ${key}` };
}

/** `base` with or without its version at the end, or the whole address. */
function below(base: string, version: string, path: string): string {
  const url = new URL(base);
  let given = url.pathname;
  while (given.endsWith("/")) given = given.slice(0, -1);
  if (!given.endsWith(path)) url.pathname = (given === "" ? version : given) + path;
  return url.href;
}

function isOpenai(base: string): boolean {
  return new URL(base).hostname === "api.openai.com";
}

function unless(usual: string, reason: string | null | undefined): string | null {
  return reason === usual || !reason ? null : reason;
}
