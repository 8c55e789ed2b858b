// Real tiny models, each trained here from its recipe and unlike the others.

import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { trainedFile } from "../../lib/verification/model_file.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { tinyRecipe } from "../../tests/support/tiny_recipe.ts";

/** Files of `count` models; the same seed gives the same files. */
export async function trainModels(count: number, seed: number): Promise<Uint8Array[]> {
  const engine = await instantiateEngine(await loadEngineBinary());
  const files: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const recipe: Recipe = {
      ...tinyRecipe({ seed: 1000 * seed + i, steps: 40 }),
      engine: engine.digest,
    };
    const hash = await recipeHash(recipe);
    const inputs = await loadInputs(recipe, noData);
    const run = await runRecipe({ recipe, recipeHash: hash, engine, ...inputs });
    files.push(trainedFile({
      ...{ recipe, run, tokenizer: inputs.tokenizer },
      ...{ dtype: "fp32" as const, optimizerState: false, trainWallMs: 0 },
    }));
  }
  return files;
}

function noData(file: string): never {
  throw new Error(`These models are trained on what a generator writes, not on ${file}`);
}
