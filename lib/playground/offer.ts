// What the page of training is given to offer: presets with their costs, sources, vocabularies.

import { GENERATORS } from "../corpora/generators.ts";
import { parameterCount } from "../format/config.ts";
import { trainingFlops } from "../verification/cost.ts";
import type { Recipe } from "../verification/recipe.ts";
import { presetRecipe, PRESETS, TOKENIZERS } from "./presets.ts";
import type { SourceChoice } from "./sources.ts";

/** Every preset as a recipe of this engine. */
export function offeredPresets(engine: string, author?: string) {
  return PRESETS.map((preset) => {
    const { id, name, teaches, benchmark } = preset;
    const recipe = presetRecipe(preset, engine, author);
    const parameters = parameterCount(recipe.model);
    return { id, name, teaches, benchmark, recipe, parameters, flops: trainingFlops(recipe) };
  });
}

/** Numbers that a task which takes some begins with. */
const TASK_PARAMS: Record<string, Record<string, number>> = {
  "reverse-16": { minLength: 4, maxLength: 16 },
};

interface OfferedCorpus {
  id: string;
  sha256: string;
  name: string;
  byteLength: number;
  registered: boolean;
}

/** Tasks, then corpora. */
export function offeredSources(corpora: readonly OfferedCorpus[]): SourceChoice[] {
  const tasks = GENERATORS.map(({ id, version, description }): SourceChoice => ({
    key: `task ${id}`,
    name: `${id}: ${description}`,
    group: "Tasks",
    source: { generator: id, version, params: TASK_PARAMS[id] ?? {} },
    byteLength: null,
  }));
  const texts = corpora.map(({ id, sha256, name, byteLength, registered }): SourceChoice => ({
    key: `corpus ${id}`,
    group: registered ? "Corpora" : "Uploaded corpora",
    source: { corpus: id, sha256 },
    ...{ name, byteLength },
  }));
  return [...tasks, ...texts];
}

export function offeredTokenizers(): { name: string; tokenizer: Recipe["tokenizer"] }[] {
  const { plays, facts, stories } = TOKENIZERS;
  return [
    { name: "Bytes, 256", tokenizer: "bytes" },
    { name: "Pieces of Shakespeare's words, 512", tokenizer: plays },
    { name: "Pieces of the stories' words, 1024", tokenizer: facts },
    { name: "Pieces of the stories' words, 2048", tokenizer: stories },
  ];
}
