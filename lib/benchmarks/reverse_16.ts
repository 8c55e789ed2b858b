// Reversing a word of 4 to 16 letters: 200 trials, greedy, exact match.

import { REVERSE_16 as GENERATOR } from "../corpora/generators.ts";
import { reverse16Trials } from "../corpora/trials.ts";
import type { Benchmark } from "./benchmark.ts";
import { exactMatchTwin, runExactMatch, trialTexts } from "./exact_match.ts";
import { contextProblem } from "./requirements.ts";

const PARAMS = { minLength: 4, maxLength: 16 };

export const REVERSE_16: Benchmark = {
  id: "reverse-16",
  version: 1,
  ranked: true,
  name: "Reverse 16",
  description:
    "Share of 200 trials in which the model, greedily, writes a word of 4 to 16 letters backwards.",
  lowerIsBetter: false,
  unit: "%",
  approxSeconds: 3,
  browserTrainable: true,
  dataFile: null,
  dataDigest: "959cc5afc2193185d1e0bc4dc91b7a61a168841b89cd1dd0990dd1a0beca6a88",
  evaluationTexts: () => trialTexts(reverse16Trials()),
  twin: exactMatchTwin(GENERATOR, PARAMS, "reverse-16@1"),
  baselines: { chance: 0, text: { generator: "reverse-16", params: PARAMS } },
  incompatibility: (model) => contextProblem(model, GENERATOR.ctxNeeded(PARAMS)),
  run: (model, _data, options) => runExactMatch(model, reverse16Trials(), options),
};
