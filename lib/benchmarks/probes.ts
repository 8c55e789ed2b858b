// Questions every model has to answer before its scores count: is what it gives a distribution, does
// it keep from looking ahead, does it say the same thing twice. Knows token ids, no text.

import { CounterRandom, STREAM } from "../corpora/philox.ts";
import type { ExactMath, InferenceModel } from "../engine/engine.ts";

export const PROBES = ["distribution", "no-look-ahead", "determinism"] as const;
export type Probe = typeof PROBES[number];

export interface ProbeResult {
  probe: Probe;
  passed: boolean;
  /** What was found, in words for people. */
  detail: string;
}

const SEED = 0x960be;
const TEXTS = 2;
/** A model reads so many tokens of a probe's text at most: cheap, and more than a page of its cache. */
const MOST_INPUTS = 36;
const GENERATED_TOKENS = 8;
const PROMPT_TOKENS = 5;

/** Words for an error that names a place. */
class ProbeFailure extends Error {}

/**
 * Puts all probes to a model: about 750 tokens, however large it is. A probe that fails is data; what
 * the model throws is thrown on.
 */
export async function runProbes(
  model: InferenceModel,
  math: ExactMath,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ProbeResult[]> {
  const texts = probeTexts(model.config);
  const work: Record<Probe, () => Promise<string>> = {
    "distribution": () => probeDistribution(model, math, texts),
    "no-look-ahead": () => probeLookAhead(model, texts, signal),
    "determinism": () => probeDeterminism(model, texts, signal),
  };
  const results: ProbeResult[] = [];
  for (const probe of PROBES) {
    signal?.throwIfAborted();
    results.push({ probe, ...await outcome(work[probe]) });
  }
  return results;
}

async function outcome(work: () => Promise<string>): Promise<Omit<ProbeResult, "probe">> {
  try {
    return { passed: true, detail: await work() };
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return { passed: false, detail: error.message };
  }
}

/** Texts of ctx + 1 tokens at most, uniform over the vocabulary, the same for models of one shape. */
function probeTexts({ ctx, vocabSize }: InferenceModel["config"]): number[][] {
  const length = Math.min(ctx, MOST_INPUTS) + 1;
  return Array.from({ length: TEXTS }, (_, row) => {
    const random = new CounterRandom(SEED, { stream: STREAM.probe, step: 0, row });
    return Array.from({ length }, () => random.below(vocabSize));
  });
}

/**
 * Logits are finite, their softmax sums to one, and the likelihoods that scores are made of are those
 * of that softmax.
 */
async function probeDistribution(
  model: InferenceModel,
  math: ExactMath,
  texts: readonly number[][],
): Promise<string> {
  const scored = await model.scoreSequences(texts);
  let contexts = 0;
  for (const [t, text] of texts.entries()) {
    for (const at of places(text.length - 2)) {
      const logits = await model.nextLogits(text.slice(0, at + 1));
      const where = `after ${at + 1} tokens of text ${t + 1}`;
      assertDistribution(logits, math, where);
      assertLikelihood(scored[t][at], text[at + 1], logits, math, where);
      contexts++;
    }
  }
  return `After ${contexts} contexts all logits are finite, their softmax sums to 1, and the ` +
    "likelihoods that are scored are those of that softmax.";
}

/**
 * Softmax in binary64 with the contract's exp. With S the rounded sum of V terms, every quotient and
 * both sums are within relative errors of 2^-53 a step: |Σ p − 1| ≤ 2·V·2^-53.
 */
function assertDistribution(logits: Float32Array, math: ExactMath, where: string): void {
  const wrong = logits.findIndex((logit) => !Number.isFinite(logit));
  if (wrong >= 0) fail(`The logit of token ${wrong} ${where} is ${logits[wrong]}, not finite.`);
  const { masses, total } = softmaxMasses(logits, math);
  const sum = masses.reduce((folded, mass) => folded + mass / total, 0);
  const bound = logits.length * 2 ** -52;
  if (!(Math.abs(sum - 1) <= bound)) {
    fail(`The probabilities ${where} sum to ${sum}; expected 1 within ${bound}.`);
  }
}

/**
 * The engine's likelihood against the softmax in binary64. In units u = 2^-24: the f32 sum of V terms
 * in 16 lanes has V/16 + 4 roundings; exp is within 2.2 u and its argument, −d, within |d| u, whose
 * mean over the softmax is at most ln V; log, d of the target and the last difference are rounded
 * once, by at most ln V, |d| and the result. Doubled for what is of second order, e^-87 included.
 */
function assertLikelihood(
  nats: number,
  target: number,
  logits: Float32Array,
  math: ExactMath,
  where: string,
): void {
  const { top, total } = softmaxMasses(logits, math);
  const distance = top - logits[target];
  const expected = math.log(total) + distance;
  const units = logits.length / 16 + 7 + 2 * math.log(logits.length) + distance + expected;
  const bound = units * 2 ** -23;
  if (!(Math.abs(nats - expected) <= bound)) {
    fail(
      `Token ${target} ${where} is scored with ${nats} nats; the softmax of the logits gives ` +
        `${expected}, expected within ${bound}.`,
    );
  }
}

function softmaxMasses(logits: Float32Array, { exp }: ExactMath) {
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  const masses = Array.from(logits, (logit) => exp(logit - top));
  return { top, masses, total: masses.reduce((sum, mass) => sum + mass, 0) };
}

/** Other tokens after place t leave every likelihood up to t as it was, to the bit. */
async function probeLookAhead(
  model: InferenceModel,
  texts: readonly number[][],
  signal?: AbortSignal,
): Promise<string> {
  const changes = texts.flatMap((text, t) =>
    places(text.length - 2).filter((place) => place > 0).map((place) => ({ t, place }))
  );
  const changed = changes.map(({ t, place }) =>
    changedAfter(texts[t], place, model.config.vocabSize)
  );
  const [before, after] = [
    await model.scoreSequences(texts, signal),
    await model.scoreSequences(changed, signal),
  ];
  for (const [i, { t, place }] of changes.entries()) {
    const at = firstDifference(before[t].subarray(0, place), after[i].subarray(0, place));
    if (at === null) continue;
    fail(
      `Other tokens after place ${place} of text ${t + 1} change the likelihood at place ` +
        `${at + 1}, from ${before[t][at]} to ${after[i][at]} nats: the model looks ahead.`,
    );
  }
  return changes.length === 0
    ? "A context of so few tokens has nothing to look ahead to."
    : `Changing all later tokens in ${changes.length} places leaves every earlier likelihood as it ` +
      "was, bit for bit.";
}

/** A text whose tokens after `place` are all others. */
function changedAfter(text: readonly number[], place: number, vocabSize: number): number[] {
  const random = new CounterRandom(SEED, { stream: STREAM.probe, step: 1, row: place });
  return text.map((token, i) =>
    i <= place ? token : (token + 1 + random.below(Math.max(1, vocabSize - 1))) % vocabSize
  );
}

/** The same in one batch, in another order and one by one; generation, too. */
async function probeDeterminism(
  model: InferenceModel,
  texts: readonly number[][],
  signal?: AbortSignal,
): Promise<string> {
  const together = await model.scoreSequences(texts, signal);
  const again = (await model.scoreSequences(texts.toReversed(), signal)).toReversed();
  const prompts = texts.map((text, i) =>
    text.slice(0, Math.min(text.length - 1, PROMPT_TOKENS + i))
  );
  const sampled = { temperature: 1, seed: SEED, maxTokens: GENERATED_TOKENS, signal };
  const written = await model.generate(prompts, sampled);
  const greedy = { temperature: 0, maxTokens: GENERATED_TOKENS, signal };
  const chosen = await model.generate(prompts, greedy);
  for (const [t, text] of texts.entries()) {
    const [alone] = await model.scoreSequences([text], signal);
    const [chosenAlone] = await model.generate([prompts[t]], greedy);
    sameLikelihoods(together[t], again[t], t, "a second time, in another order");
    sameLikelihoods(together[t], alone, t, "by itself");
    sameTokens(chosen[t], chosenAlone, t, "by itself");
  }
  const second = await model.generate(prompts, sampled);
  written.forEach((tokens, t) => sameTokens(tokens, second[t], t, "a second time"));
  return `${texts.length} texts scored and continued twice, together and one by one, gave the same ` +
    "bits.";
}

function sameLikelihoods(a: Float32Array, b: Float32Array, t: number, how: string): void {
  const at = firstDifference(a, b);
  if (at === null) return;
  fail(
    `Scored ${how}, text ${t + 1} has ${b[at]} nats at place ${at + 1} instead of ${a[at]}.`,
  );
}

function sameTokens(a: readonly number[], b: readonly number[], t: number, how: string): void {
  const at = a.length === b.length ? a.findIndex((token, i) => token !== b[i]) : 0;
  if (at < 0) return;
  fail(
    `Continued ${how}, text ${t + 1} has other tokens: ${b.join(" ")} instead of ${a.join(" ")}.`,
  );
}

/** Beginning, middle and end of 0..last, each once. */
function places(last: number): number[] {
  return [...new Set([Math.min(1, last), Math.ceil(last / 2), last])].filter((place) => place >= 0);
}

/** Index of the first value whose bits differ, or null. NaN equals itself. */
function firstDifference(a: Float32Array, b: Float32Array): number | null {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  const at = a.findIndex((value, i) => !Object.is(value, b[i]));
  return at < 0 ? null : at;
}

function fail(reason: string): never {
  throw new ProbeFailure(reason);
}
