// A small document as programs send it. Knows no route.

import type { z } from "zod";
import { fromUtf8 } from "../bytes.ts";
import { ValidationError } from "../errors.ts";
import { parseDocument } from "../verification/schema.ts";
import { shortBody } from "./form.ts";

/**
 * @param mostBytes longest body that is read.
 * @throws {ValidationError} when it is no JSON, or not what `schema` asks for.
 * @throws {BudgetError} when it is longer.
 */
export async function readJson<S extends z.ZodType>(
  request: Request,
  schema: S,
  mostBytes: number,
): Promise<z.output<S>> {
  const text = fromUtf8(await shortBody(request, mostBytes));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ValidationError("The body is not JSON", {
      expected: "a JSON object",
      got: text === "" ? "nothing" : (error as Error).message.slice(0, 120),
      fix: "Send the object as the body; the page /api shows its fields.",
    });
  }
  return parseDocument(schema, value, "body") as z.output<S>;
}
