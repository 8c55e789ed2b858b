import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findBenchmark } from "../../lib/benchmarks/registry.ts";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import { offeredPresets, offeredSources } from "../../lib/playground/offer.ts";
import { estimateMs } from "../../lib/playground/speed.ts";
import { probes } from "../../lib/playground/probes.ts";
import { hasEnded } from "../../lib/verification/early_stop.ts";
import { DEFAULT_REPLAY_LIMITS, isOver, replayBudget } from "../../lib/verification/cost.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { missingInputs } from "../../lib/verification/recipe.ts";

const ENGINE = CONFORMING_ENGINES.at(-1)!;

describe("the presets", () => {
  it("are recipes that can be proven, of ten thousand to ten million weights", () => {
    const presets = offeredPresets(ENGINE);
    for (const { recipe } of presets) {
      const parsed = parseRecipe(recipe);
      assert.deepEqual(missingInputs(parsed), []);
      assert.ok(!isOver(replayBudget(parsed), DEFAULT_REPLAY_LIMITS));
    }
    const sizes = presets.map(({ parameters }) => parameters);
    assert.deepEqual(sizes, sizes.toSorted((a, b) => a - b));
    assert.ok(sizes[0] < 12_000 && sizes.at(-1)! > 9_000_000);
  });

  it("name a ranked benchmark each, and all of them between them but code", () => {
    const named = new Set(offeredPresets(ENGINE).map(({ benchmark }) => benchmark));
    const ranked = RANKED_BENCHMARKS.map(({ id }) => id as string);
    assert.deepEqual(ranked.filter((id) => !named.has(id)), ["code-completion-pass"]);
    for (const id of named) {
      assert.ok(findBenchmark(id, RANKED_BENCHMARKS.find((one) => one.id === id)!.version));
    }
  });

  it("watch a dev set that never ends the run", () => {
    for (const { recipe: { earlyStop, steps } } of offeredPresets(ENGINE)) {
      const worse = Array.from({ length: steps / earlyStop!.interval }, (_, i) => ({
        step: (i + 1) * earlyStop!.interval,
        loss: i + 1,
      }));
      assert.equal(hasEnded(earlyStop!, worse), false);
    }
  });
});

describe("the estimate of a training's time", () => {
  const calibration = {
    engine: ENGINE,
    threads: 2,
    points: [{ width: 16, flopsPerSecond: 1e9 }, { width: 64, flopsPerSecond: 3e9 }],
  };

  it("takes the speed at the model's width, between what was measured and level beyond", () => {
    const seconds = (width: number) => estimateMs({ flops: 6e9, width }, calibration) / 1000;
    assert.deepEqual([4, 16, 40, 64, 512].map(seconds), [6, 6, 3, 2, 2]);
  });

  it("is measured at widths that ascend", () => {
    const widths = probes().map(({ width }) => width);
    assert.deepEqual(widths, [...new Set(widths)].sort((a, b) => a - b));
    assert.ok(probes().every(({ flops, tokens }) => flops > 0 && tokens > 0));
  });
});

describe("the sources on offer", () => {
  it("have keys of their own, and name tasks before corpora", () => {
    const corpus = { id: "a", sha256: "b", name: "A", byteLength: 9, registered: true };
    const sources = offeredSources([corpus, { ...corpus, id: "c", registered: false }]);
    const groups = sources.map(({ group }) => group);
    assert.deepEqual(groups, ["Tasks", "Tasks", "Corpora", "Uploaded corpora"]);
    assert.equal(new Set(sources.map(({ key }) => key)).size, sources.length);
  });
});
