// The scan as its documentation says it, in the plainest way: strings, sets and no hash of our own.

import { fromUtf8, utf8 } from "../../../lib/bytes.ts";
import type { EvaluationText } from "../../../lib/corpora/contamination/evaluation_text.ts";

/** Words of lower-case ASCII letters, digits and whatever is not ASCII nor a sign, of 64 bytes at most. */
export function naiveWords(text: string): string[] {
  const signs = /[\u0080-\u00bf\u2000-\u2fff]/g;
  const runs = text.replace(signs, " ").match(/[A-Za-z0-9\u0080-\u{10ffff}]+/gu) ?? [];
  return runs.flatMap((run) => {
    // Byte by byte, as a character of Latin-1 each.
    const bytes = String.fromCharCode(...utf8(run));
    return bytes.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).match(/[^]{1,64}/g)!;
  });
}

export function naiveGrams(items: readonly string[], n: number, joint: string): string[] {
  return Array.from(
    { length: Math.max(0, items.length - n + 1) },
    (_, at) => items.slice(at, at + n).join(joint),
  );
}

export interface NaiveText {
  whole: boolean;
  words8: string[];
  words13: string[];
  bytes8: string[];
  bytes13: string[];
  runs: string[];
}

/** Which grams of each text stand in the corpus, one for each place in the text. */
export function naiveScan(corpus: Uint8Array, texts: readonly EvaluationText[]): NaiveText[] {
  const held = parts(naiveWords(fromUtf8(corpus)));
  const all = ` ${held.words.join(" ")} `;
  const grams = (n: number) => new Set(naiveGrams(held.words, n, " "));
  const bytes = (n: number) => new Set(naiveGrams(held.bytes, n, ""));
  const [w8, w13, b8, b13] = [grams(8), grams(13), bytes(8), bytes(13)];
  return texts.map(({ text, leak }) => {
    const { words, bytes, letters } = parts(naiveWords(text));
    return {
      whole: words.length > 0 && all.includes(` ${words.join(" ")} `),
      words8: naiveGrams(words, 8, " ").filter((gram) => w8.has(gram)),
      words13: naiveGrams(words, 13, " ").filter((gram) => w13.has(gram)),
      bytes8: naiveGrams(bytes, 8, "").filter((gram) => b8.has(gram)),
      bytes13: naiveGrams(bytes, 13, "").filter((gram) => b13.has(gram)),
      runs: leak === "whole"
        ? []
        : naiveGrams(letters, 64, "").filter((run) => held.letters.join("").includes(run)),
    };
  });
}

function parts(words: string[]) {
  const bytes = words.map((word) => `${word} `).join("");
  return { words, bytes: [...bytes], letters: [...words.join("")] };
}
