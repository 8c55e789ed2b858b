// What a model in training is asked, by what it learns from. Knows no engine.

import type { Recipe } from "../verification/recipe.ts";

export interface Prompt {
  text: string;
  maxBytes: number;
  /** 0 where there is one right answer. */
  temperature: number;
}

const STORY: Prompt = { text: "Once upon a time", maxBytes: 160, temperature: 0.8 };

const BY_SOURCE: Record<string, Prompt> = {
  "sort-6": { text: "sort: 5 1 4 2 6 3 = ", maxBytes: 11, temperature: 0 },
  "reverse-16": { text: "reverse: hello = ", maxBytes: 5, temperature: 0 },
  tinyshakespeare: { text: "ROMEO:\n", maxBytes: 160, temperature: 0.8 },
  "facts-train": { text: "The dog says", maxBytes: 60, temperature: 0.5 },
  "code-train": { text: "// add 3 to x\n", maxBytes: 80, temperature: 0 },
};

/** Of the first of its sources that has one of its own. */
export function promptFor({ data }: Pick<Recipe, "data">): Prompt {
  for (const source of data) {
    const prompt = BY_SOURCE["corpus" in source ? source.corpus : source.generator];
    if (prompt) return prompt;
  }
  return STORY;
}
