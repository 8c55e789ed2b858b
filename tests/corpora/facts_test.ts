// The corpus of facts teaches what multiple-choice-mini asks for, in other words than its items.

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";

const GRAM = 6;
const readText = (file: string) =>
  Deno.readTextFile(new URL(`../../data/${file}`, import.meta.url).pathname);
const wordsOf = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

interface Item {
  prompt: string;
  options: string[];
}

/** Every run of `GRAM` words in a text, or the whole of a shorter one. */
function grams(words: string[]): string[] {
  if (words.length <= GRAM) return [words.join(" ")];
  return words.slice(GRAM - 1).map((_, i) => words.slice(i, i + GRAM).join(" "));
}

/** Runs of words that the facts share with an item's prompt and options. */
function shared(facts: string, items: Item[]): string[] {
  const words = wordsOf(facts), text = ` ${words.join(" ")} `, known = new Set(grams(words));
  return items.flatMap(({ prompt, options }) =>
    [prompt, ...options.map((option) => prompt + option)].flatMap((item) => {
      const wanted = wordsOf(item), whole = wanted.join(" ");
      const found = text.includes(` ${whole} `) ? [whole] : [];
      return wanted.length < GRAM
        ? found
        : [...found, ...grams(wanted).filter((g) => known.has(g))];
    })
  );
}

const facts = await readText("corpora/facts-train.txt");
const { items }: { items: Item[] } = JSON.parse(await readText("benchmarks/multiple-choice.json"));

describe("the corpus of facts", () => {
  it("shares no six words in a row, and no whole prompt, with an item", () => {
    assert.equal(items.length, 56);
    assert.deepEqual(shared(facts, items), []);
  });

  it("would be found out by an item among its lines, whatever the case and the signs", () => {
    for (const { prompt, options } of items) {
      const line = `${prompt.toUpperCase()} -- ${options[0]}`;
      assert.ok(shared(`The end.\n${line}\nOne day`, items).length > 0, prompt);
    }
  });
});
