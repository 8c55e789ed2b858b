// A form of a few short fields. Knows no route.

import { BudgetError } from "../errors.ts";

const MOST_BYTES = 16 * 1024;

/** @throws {BudgetError} as soon as more arrives than such a form has. */
export async function readSmallForm({ body }: Request): Promise<URLSearchParams> {
  const decoder = new TextDecoder();
  let text = "", byteLength = 0;
  for await (const chunk of body ?? []) {
    byteLength += chunk.length;
    if (byteLength > MOST_BYTES) {
      throw new BudgetError("The form is too large", {
        expected: `at most ${MOST_BYTES} bytes`,
        got: "more",
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return new URLSearchParams(text);
}
