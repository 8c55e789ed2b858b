// A body of JSON from a page or a program. Knows no route.

import { fromUtf8 } from "../bytes.ts";
import { ValidationError } from "../errors.ts";
import { shortBody } from "./form.ts";

/**
 * @throws {ValidationError} when the body is no JSON.
 * @throws {BudgetError} when it is longer than `mostBytes`.
 */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
  const text = fromUtf8(await shortBody(request, mostBytes));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ValidationError("The body is no JSON", {
      expected: "a JSON object",
      got: (error as Error).message.slice(0, 120),
      fix: "Send what the document of the API describes: /api",
    });
  }
}
