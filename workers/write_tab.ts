// Continues a prompt in a browser tab: the bytes of `cli generate`, and how likely each of them was.

import type { BenchmarkModel } from "../lib/benchmarks/benchmark.ts";
import { requireTokenizer } from "../lib/benchmarks/model.ts";
import { utf8 } from "../lib/bytes.ts";
import type { ExactMath, InferenceModel } from "../lib/engine/engine.ts";
import type { TinygptFile } from "../lib/format/read.ts";
import { likeliest, probabilities, standingOf } from "../lib/inspect/distribution.ts";
import type { Tokenizer } from "../lib/tokenizers/tokenizer.ts";
import type { TabReply, TabRequest, WritingMethod, WrittenToken } from "./score_protocol.ts";

/** Tokens are posted together at most this often: a small model writes thousands in a second. */
const POST_MS = 40;
/** Choices told of at each place. */
const CHOICES = 6;

export interface OpenedModel {
  math: ExactMath;
  file: TinygptFile;
  inference: InferenceModel;
  model: BenchmarkModel;
  reply(message: TabReply): void;
}

type Writing = Extract<TabRequest, { type: "generate" }>;

export async function writeInTab(opened: OpenedModel, { prompt, method }: Writing): Promise<void> {
  if (method.name === "draw") await draw(opened, utf8(prompt), method);
  else await search(opened, utf8(prompt), method);
}

/** What came at a place, given the logits there. */
function toldOf(
  { math }: OpenedModel,
  tokenizer: Tokenizer,
  token: number,
  logits: Float32Array,
): Pick<WrittenToken, "standing" | "choices"> {
  const probability = probabilities(logits, math.exp);
  return {
    standing: standingOf(token, probability),
    choices: likeliest(probability, CHOICES).map((choice) => ({
      ...choice,
      bytes: [...tokenizer.tokenBytes(choice.token)],
    })),
  };
}

async function draw(
  opened: OpenedModel,
  prompt: Uint8Array,
  { name: _, ...options }: Extract<WritingMethod, { name: "draw" }>,
): Promise<void> {
  const { model, file, reply } = opened;
  const tokenizer = requireTokenizer(file.tokenizer);
  const startMs = performance.now();
  let postedMs = startMs;
  let told: Pick<WrittenToken, "standing" | "choices">;
  let tokens: WrittenToken[] = [];
  const post = (nowMs: number) => {
    reply({ type: "written", tokens, elapsedMs: nowMs - startMs });
    tokens = [];
    postedMs = nowMs;
  };
  await model.generate([prompt], {
    ...options,
    onToken: (_row, token, logits) => told = toldOf(opened, tokenizer, token, logits),
    onBytes(_row, bytes) {
      tokens.push({ bytes: [...bytes], ...told });
      const nowMs = performance.now();
      if (nowMs - postedMs >= POST_MS) post(nowMs);
    },
  });
  post(performance.now());
}

async function search(
  opened: OpenedModel,
  prompt: Uint8Array,
  { name: _, ...options }: Extract<WritingMethod, { name: "beams" }>,
): Promise<void> {
  const { inference, file, reply } = opened;
  const tokenizer = requireTokenizer(file.tokenizer);
  const startMs = performance.now();
  const ids = [...tokenizer.encode(prompt)];
  const [found] = await inference.beamSearch([ids], options);
  const elapsedMs = performance.now() - startMs;
  reply({
    type: "found",
    texts: found.map(({ tokens, score }) => ({ bytes: [...tokenizer.decode(tokens)], score })),
  });
  const best = found[0]?.tokens ?? [];
  const rows = await rowsBefore(inference, ids, best);
  const tokens = best.map((token, i): WrittenToken => ({
    bytes: [...tokenizer.tokenBytes(token)],
    ...rows ? toldOf(opened, tokenizer, token, rows[i]) : { standing: null, choices: [] },
  }));
  reply({ type: "written", tokens, elapsedMs });
}

/** Logits before each token of a continuation, in one pass; null when the context is too short. */
async function rowsBefore(
  inference: InferenceModel,
  prompt: readonly number[],
  tokens: readonly number[],
): Promise<Float32Array[] | null> {
  const text = [...prompt, ...tokens.slice(0, -1)];
  if (text.length > inference.config.ctx || tokens.length === 0) return null;
  let rows: Float32Array[] | null = null;
  await inference.trace(text, {
    logits: (depth, all) => {
      if (depth === inference.config.layers) rows = all.slice(prompt.length - 1);
    },
  });
  return rows;
}
