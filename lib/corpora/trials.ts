// Texts of the generated tasks and their public evaluation trials. Knows no model and no score.

import { mulberry32 } from "./mulberry32.ts";

/** One question with its only right answer, both ASCII. */
export interface Trial {
  prompt: string;
  answer: string;
}

export const TRIAL_COUNT = 200;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** `sort: 5 1 4 2 6 3 = ` → `1 2 3 4 5 6`. */
export function sortTrial(digits: readonly number[]): Trial {
  const sorted = digits.toSorted((a, b) => a - b);
  return { prompt: `sort: ${digits.join(" ")} = `, answer: sorted.join(" ") };
}

/** `reverse: hello = ` → `olleh`. `letters` are 0..25. */
export function reverseTrial(letters: readonly number[]): Trial {
  const word = letters.map((letter) => LETTERS[letter]);
  return { prompt: `reverse: ${word.join("")} = `, answer: word.toReversed().join("") };
}

/** The 200 trials of sort-6: six digits each, Mulberry32 seed 0x517. */
export function sort6Trials(): Trial[] {
  const random = mulberry32(0x517);
  return Array.from(
    { length: TRIAL_COUNT },
    () => sortTrial(Array.from({ length: 6 }, () => Math.floor(random() * 10))),
  );
}

/** The 200 trials of reverse-16: 4 to 16 letters each, Mulberry32 seed 0x3EE5. */
export function reverse16Trials(): Trial[] {
  const random = mulberry32(0x3ee5);
  return Array.from({ length: TRIAL_COUNT }, () => {
    const length = 4 + Math.floor(random() * 13);
    return reverseTrial(Array.from({ length }, () => Math.floor(random() * 26)));
  });
}
