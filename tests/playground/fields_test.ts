import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { checkRecipe, parseJson } from "../../lib/playground/check.ts";
import { valueAt, withValueAt } from "../../lib/playground/draft.ts";
import { recipeFieldGroups } from "../../lib/playground/fields.ts";
import { devOf, withData } from "../../lib/playground/sources.ts";
import { FIELD_WORDS, GROUP_WORDS } from "../../lib/playground/words.ts";
import { DEFAULT_REPLAY_LIMITS } from "../../lib/verification/cost.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const ENGINE = "a".repeat(64);
const limits = DEFAULT_REPLAY_LIMITS;
const BOARD = { engine: ENGINE, limits };

describe("the form of a recipe", () => {
  const groups = recipeFieldGroups();
  const fields = groups.flatMap(({ fields }) => fields);

  it("has every field of the schema, each with an explanation and none without a field", () => {
    assert.deepEqual(fields.map(({ path }) => path).sort(), Object.keys(FIELD_WORDS).sort());
    assert.deepEqual(groups.map(({ path }) => path).sort(), Object.keys(GROUP_WORDS).sort());
    assert.ok(fields.every(({ words }) => words.length > 10));
  });

  it("knows bounds, choices and what may be left out", () => {
    const at = (path: string) => fields.find((field) => field.path === path)!;
    assert.deepEqual(at("steps").input, { kind: "number", whole: true, min: 1, max: 10_000_000 });
    assert.deepEqual(at("model.arch.mlp").input, { kind: "choice", options: ["gelu", "swiglu"] });
    assert.equal(at("optimizer.zLoss").optional, true);
    assert.deepEqual(
      groups.filter(({ optional }) => optional).map(({ path }) => path),
      ["model.arch", "optimizer.muon", "earlyStop"],
    );
  });
});

describe("the draft of a recipe", () => {
  it("is read and changed by paths, and never in place", () => {
    const draft = { model: { ctx: 8 }, data: [{ weight: 1 }, { weight: 2 }] };
    const changed = withValueAt(withValueAt(draft, "model.ctx", 16), "data.1.weight", 5);
    assert.deepEqual(changed, { model: { ctx: 16 }, data: [{ weight: 1 }, { weight: 5 }] });
    assert.equal(valueAt(draft, "model.ctx"), 8);
    assert.equal(valueAt(draft, "model.arch.norm"), undefined);
    assert.deepEqual(withValueAt(draft, "model", undefined), { data: draft.data });
  });

  it("takes the engine at hand when it names none, and says what it costs", () => {
    const checked = checkRecipe(tinyRecipe(), BOARD);
    assert.ok("plan" in checked);
    assert.equal(checked.plan.recipe.engine, ENGINE);
    assert.equal(checked.plan.parameters, 6864);
    assert.equal(checked.plan.provable, true);
    const { flops } = checked.plan;
    const poor = checkRecipe(tinyRecipe(), { ...BOARD, limits: { ...limits, flops: flops - 1 } });
    assert.ok("plan" in poor && !poor.plan.provable);
  });

  it("is refused with the path of the field that is wrong", () => {
    const wrong = checkRecipe(withValueAt(tinyRecipe(), "model.dModel", 18), BOARD);
    assert.ok("problem" in wrong);
    assert.equal(wrong.problem.path, "model.dModel");
    assert.ok("problem" in checkRecipe(null, BOARD));
    const broken = parseJson('{ "steps": 10, }');
    assert.ok("problem" in broken && /not JSON/.test(broken.problem.message));
  });

  it("moves its dev set along with its first source", () => {
    const text = { corpus: "b".repeat(64), sha256: "b".repeat(64) };
    const choice = { key: `corpus ${text.corpus}`, name: "T", group: "Your texts" } as const;
    const choices = [{ ...choice, source: text, byteLength: 500 }];
    const watched = withValueAt(tinyRecipe(), "earlyStop.interval", 5);
    const next = withData(watched, [{ ...text, weight: 1 }], choices);
    assert.deepEqual(valueAt(next, "earlyStop.dev"), { ...text, bytes: 50 });
    assert.equal(valueAt(withData(tinyRecipe(), [text], choices), "earlyStop"), undefined);
    const task = { generator: "sort-6", version: 1, params: {}, weight: 3 };
    assert.deepEqual(devOf(task, null), { generator: "sort-6", version: 1, params: {}, rows: 64 });
  });
});
