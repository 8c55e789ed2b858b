// A body of JSON from a page or a program. Knows no route.

import type { z } from "zod";
import { fromUtf8 } from "../bytes.ts";
import { ValidationError } from "../errors.ts";
import { parseDocument } from "../verification/schema.ts";
import { shortBody } from "./form.ts";

/**
 * @param mostBytes longest body that is read.
 * @throws {ValidationError} when the body is no JSON.
 * @throws {BudgetError} when it is longer.
 */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
  const text = fromUtf8(await shortBody(request, mostBytes));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ValidationError("The body is not JSON", {
      expected: "a JSON object",
      got: text === "" ? "nothing" : (error as Error).message.slice(0, 120),
      fix: "Send the object as the body; the page /api shows its fields.",
    });
  }
}

/** The same, when it is what `schema` asks for. @throws {ValidationError} when it is not. */
export async function readDocument<S extends z.ZodType>(
  request: Request,
  schema: S,
  mostBytes: number,
): Promise<z.output<S>> {
  return parseDocument(schema, await readJson(request, mostBytes), "body") as z.output<S>;
}
