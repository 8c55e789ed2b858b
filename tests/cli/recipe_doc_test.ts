import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { GENERATORS } from "../../lib/corpora/generators.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import { ARCHITECTURE_FIELDS } from "../../lib/format/architecture.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { missingInputs } from "../../lib/verification/recipe.ts";

const text = await Deno.readTextFile(new URL("../../docs/recipe.md", import.meta.url));
const example = JSON.parse(/```json\n([^`]*)```/.exec(text)![1]);

describe("docs/recipe.md", () => {
  it("shows a recipe that can be trained, and counts its weights rightly", () => {
    const recipe = parseRecipe({ engine: "ab".repeat(32), ...example });
    assert.deepEqual(missingInputs(recipe), []);
    const weights = parameterCount(recipe.model).toLocaleString("en-US");
    assert.ok(text.includes(`${weights} weights`), weights);
  });

  it("shows an architecture that a recipe takes, and names its fields", () => {
    const arch = JSON.parse(`{${/```js\n([^`]*)```/.exec(text)![1]}}`).arch;
    parseRecipe({ engine: "ab".repeat(32), ...example, model: { ...example.model, arch } });
    for (const name of ARCHITECTURE_FIELDS) assert.ok(text.includes(`\n| \`${name}\``), name);
  });

  it("names every field", () => {
    const names = [
      ...Object.keys(example),
      ...Object.keys(example.model).map((key) => `model.${key}`),
      ...Object.keys(example.optimizer.schedule).map((key) => `optimizer.schedule.${key}`),
    ].filter((name) => name !== "model" && name !== "optimizer");
    for (const name of names) assert.ok(text.includes(`\n| \`${name}\``), name);
  });

  it("lists every corpus with its hash and every generator", () => {
    for (const { id, sha256 } of CORPORA) {
      assert.ok(text.includes(`"corpus": "${id}", "sha256": "${sha256}"`), id);
    }
    for (const { id, version } of GENERATORS) {
      assert.ok(text.includes(`"generator": "${id}", "version": ${version}`), id);
    }
  });
});
