// Models that answer without having learned: found by the probes and by trials nobody has seen.

import type { BenchmarkModel } from "../../lib/benchmarks/benchmark.ts";
import { scanTargets } from "../../lib/benchmarks/evaluation_texts.ts";
import { twinGap } from "../../lib/benchmarks/gap.ts";
import { runProbes } from "../../lib/benchmarks/probes.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { runTwins } from "../../lib/benchmarks/twins.ts";
import { concatBytes, fromUtf8, utf8 } from "../../lib/bytes.ts";
import { scanCorpus } from "../../lib/corpora/contamination/report.ts";
import { sort6Trials } from "../../lib/corpora/trials.ts";
import type { InferenceModel } from "../../lib/engine/engine.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { Attack, Found } from "./attack.ts";
import { forge, honestRecipe, openEngine, readData } from "./forge.ts";

/** The honest model with one thing changed, put to the probes. */
async function probed(
  change: (honest: InferenceModel) => Partial<InferenceModel>,
): Promise<Found> {
  const { engine } = await openEngine();
  const { config, weights } = await forge(await honestRecipe());
  const honest = await engine.loadModel(config, weights);
  try {
    const model: InferenceModel = {
      config,
      scoreSequences: (sequences) => honest.scoreSequences(sequences),
      nextLogits: (tokens) => honest.nextLogits(tokens),
      trace: (tokens, visitor) => honest.trace(tokens, visitor),
      generate: (prompts, options) => honest.generate(prompts, options),
      beamSearch: (prompts, options) => honest.beamSearch(prompts, options),
      close() {},
      ...change(honest),
    };
    const failed = (await runProbes(model, engine.math)).filter(({ passed }) => !passed);
    const detail = failed.map(({ probe, detail }) => `${probe}: ${detail}`).join(" ");
    return { outcome: failed.length > 0 ? "rejected" : "ranked", step: null, detail };
  } finally {
    honest.close();
  }
}

/** Knows the public trials by heart and nothing else. */
async function memoriser(): Promise<BenchmarkModel> {
  const answers = new Map(sort6Trials().map(({ prompt, answer }) => [prompt, answer]));
  const { engine } = await openEngine();
  return {
    ...{ parameters: 6864, contextLength: 32, vocabularySize: 256, hasTokenizer: true },
    math: engine.math,
    scoreBytes: (texts) => Promise.resolve(texts.map(({ length }) => new Float32Array(length - 1))),
    generate: (prompts) =>
      Promise.resolve(prompts.map((prompt) => utf8(answers.get(fromUtf8(prompt)) ?? "0 0 0"))),
  };
}

export const MODEL_ATTACKS: Attack[] = [
  {
    id: "no-distribution",
    cheat: "Likelihoods a thousandth better than the model's softmax",
    caughtBy: "the probe of the distribution: the evaluator computes the softmax itself",
    expected: "rejected",
    run: () =>
      probed((honest) => ({
        scoreSequences: async (sequences) =>
          (await honest.scoreSequences(sequences)).map((nats) => nats.map((nat) => nat * 0.999)),
      })),
  },
  {
    id: "look-ahead",
    cheat: "A model that reads the token after the one it is asked for",
    caughtBy: "the probe of causality: a later byte must not change an earlier likelihood",
    expected: "rejected",
    run: () =>
      probed((honest) => ({
        scoreSequences: async (sequences) =>
          (await honest.scoreSequences(sequences)).map((nats, row) =>
            nats.map((nat, i) => nat + 2 ** -20 * (sequences[row][i + 2] ?? 0))
          ),
      })),
  },
  {
    id: "memorised-trials",
    cheat: "The 200 public trials learned by heart",
    caughtBy: "sealed twins: 200 trials nobody has seen",
    expected: "no rank",
    async run() {
      const model = await memoriser();
      const { score, examples } = await SORT_6.run(model, null, {});
      const correct = examples.filter(({ value }) => value === 1).length;
      const seed = crypto.getRandomValues(new Uint8Array(32));
      const [sealed] = await runTwins(model, [SORT_6], seed);
      const { gap, memorised } = twinGap({ correct, trials: examples.length }, sealed);
      const detail = `${score} % of the public trials, ${gap} points less of the sealed ones.`;
      return { outcome: memorised ? "no rank" : "ranked", step: null, detail };
    },
  },
  {
    id: "contaminated-corpus",
    cheat: "A corpus with one evaluation story in it, in capital letters and between other lines",
    caughtBy: "scan of every corpus for the texts of every benchmark",
    expected: "no rank",
    async run() {
      const targets = await scanTargets(BENCHMARKS, readData);
      const stories = targets.find(({ benchmark }) => benchmark === "tinystories-ppl")!;
      const bytes = concatBytes([
        utf8("The weather was fine that day, and nobody thought of leaderboards.\n".repeat(50)),
        utf8(stories.texts[3].text.toUpperCase()),
        utf8("\nSo they went home again.\n".repeat(50)),
      ]);
      const { length } = bytes;
      const corpus = {
        sha256: await sha256Hex(bytes),
        byteLength: length,
        trainRange: [0, length] as const,
      };
      const report = await scanCorpus(corpus, targets, (from, to) => [bytes.subarray(from, to)]);
      const found = report.parts[0].targets.filter(({ contaminated }) => contaminated);
      const detail = found.map(({ benchmark, version }) => `${benchmark} v${version}`).join(", ");
      return {
        outcome: found.length > 0 ? "no rank" : "ranked",
        step: null,
        detail: detail && `It holds text of ${detail}.`,
      };
    },
  },
];
