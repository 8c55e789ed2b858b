// A language model's HTTP service for tests: speaks the three protocols, and fails as it is told.

import type { Protocol } from "../../lib/lab/judge/endpoint.ts";

export const JUDGE_KEY = "sk-test-of-a-judge-0123456789";

/** What a question is answered with. */
export type Reply =
  | { text: string }
  | { status: number; body?: string; headers?: Record<string, string> }
  /** 200, and not what the protocol has. */
  | { raw: string }
  /** Nothing, until the client goes away. */
  | "silence";

export interface SeenQuestion {
  protocol: Protocol;
  model: string;
  prompt: string;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface JudgeServer extends AsyncDisposable {
  /** Without a path. */
  url: string;
  seen: SeenQuestion[];
  /** Most questions that were open at the same time. */
  readonly mostOpen: number;
}

/** Tokens that every answer is said to have cost. */
export const TOLD_USAGE = { inputTokens: 1000, outputTokens: 50 };

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "POST",
};

/** @param reply is asked for each question with a good key; `nth` counts from 0. */
export function judgeServer(
  reply: (question: SeenQuestion, nth: number) => Reply | Promise<Reply>,
): JudgeServer {
  const seen: SeenQuestion[] = [];
  let open = 0, mostOpen = 0;
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
      const question = await questionOf(request);
      if (question === null) return refuse(404, "no such address");
      if (!hasKey(question)) return refuse(401, `wrong key ${sentKey(question.headers)}`);
      mostOpen = Math.max(mostOpen, ++open);
      try {
        const answer = await reply(question, seen.push(question) - 1);
        if (answer === "silence") await gone(request.signal, closing.signal);
        return response(question.protocol, answer);
      } finally {
        open--;
      }
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    get mostOpen() {
      return mostOpen;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  };
}

async function questionOf(request: Request): Promise<SeenQuestion | null> {
  const { pathname } = new URL(request.url);
  const { headers } = request;
  const body = await request.json();
  const gemini = /^\/v1beta\/models\/([^/]+):generateContent$/.exec(pathname);
  if (pathname === "/v1/chat/completions") {
    const { model, messages: [{ content }] } = body;
    return { protocol: "openai", model, prompt: content, headers, body };
  }
  if (pathname === "/v1/messages") {
    const { model, messages: [{ content }] } = body;
    return { protocol: "anthropic", model, prompt: content, headers, body };
  }
  if (gemini === null) return null;
  const prompt = body.contents[0].parts[0].text;
  return { protocol: "gemini", model: decodeURIComponent(gemini[1]), prompt, headers, body };
}

function sentKey(headers: Headers): string {
  return headers.get("authorization")?.replace("Bearer ", "") ?? headers.get("x-api-key") ??
    headers.get("x-goog-api-key") ?? "";
}

function hasKey({ protocol, headers }: SeenQuestion): boolean {
  const needsVersion = protocol === "anthropic" && headers.get("anthropic-version") === null;
  return sentKey(headers) === JUDGE_KEY && !needsVersion;
}

function refuse(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status, headers: CORS });
}

function response(protocol: Protocol, reply: Reply): Response {
  if (reply === "silence") return refuse(500, "the client went away");
  if ("status" in reply) {
    const headers = { ...CORS, ...reply.headers };
    return new Response(reply.body ?? "{}", { status: reply.status, headers });
  }
  if ("raw" in reply) return new Response(reply.raw, { headers: CORS });
  return Response.json(BODY[protocol](reply.text), { headers: CORS });
}

const { inputTokens, outputTokens } = TOLD_USAGE;

/** As the services' own documentation shows an answer. */
const BODY: Record<Protocol, (text: string) => unknown> = {
  openai: (content) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  }),
  anthropic: (text) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    usage: { input_tokens: inputTokens, output_tokens: outputTokens },
  }),
  gemini: (text) => ({
    candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason: "STOP", index: 0 }],
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: outputTokens,
      totalTokenCount: inputTokens + outputTokens,
    },
  }),
};

function gone(...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    AbortSignal.any(signals).addEventListener("abort", () => resolve(), { once: true });
  });
}

/** An answer in the form of the published template, with the given scores by label. */
export function judgement(scores: Record<string, number | string>): string {
  const parts = Object.entries(scores).map(([label, score]) =>
    `<criterion-${label}-score>${score}</criterion-${label}-score>\n` +
    `<criterion-${label}-explanation>Because of ${label}.</criterion-${label}-explanation>`
  );
  return `<evaluation>\n${parts.join("\n\n")}\n</evaluation>`;
}
