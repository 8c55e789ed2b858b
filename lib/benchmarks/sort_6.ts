// Sorting six digits: 200 trials, greedy, exact match.

import { SORT_6 as GENERATOR } from "../corpora/generators.ts";
import { sort6Trials } from "../corpora/trials.ts";
import type { Benchmark } from "./benchmark.ts";
import { exactMatchTwin, runExactMatch, trialTexts } from "./exact_match.ts";
import { contextProblem } from "./requirements.ts";

export const SORT_6: Benchmark = {
  id: "sort-6",
  version: 1,
  ranked: true,
  name: "Sort 6",
  description:
    "Share of 200 trials in which the model, greedily, writes six digits in ascending order.",
  lowerIsBetter: false,
  unit: "%",
  approxSeconds: 2,
  browserTrainable: true,
  dataFile: null,
  dataDigest: "994703e32ace67bcbb4dc8cd73e5b4d35a75afcc4424df694939097aa593d1e5",
  evaluationTexts: () => trialTexts(sort6Trials()),
  twin: exactMatchTwin(GENERATOR, {}, "sort-6@1"),
  baselines: { chance: 0, text: { generator: "sort-6", params: {} } },
  incompatibility: (model) => contextProblem(model, GENERATOR.ctxNeeded({})),
  run: (model, _data, options) => runExactMatch(model, sort6Trials(), options),
};
