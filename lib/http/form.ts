// A small form as browsers send it without a file. Knows no route.

import { concatBytes, fromUtf8 } from "../bytes.ts";
import { BudgetError, ValidationError } from "../errors.ts";
import { withPatience } from "./patience.ts";

const FORM_BYTES = 16 * 1024;
const PATIENCE = { idleMs: 10_000, totalMs: 30_000 };

/**
 * Fields by name; one sent more than once (boxes) is joined with commas.
 *
 * @throws {ValidationError} when the body is no such form.
 * @throws {BudgetError} when it is longer than `mostBytes`, 16 KiB where that is not given.
 */
export async function readForm(
  request: Request,
  mostBytes = FORM_BYTES,
): Promise<Record<string, string>> {
  const type = request.headers.get("content-type") ?? "no content type";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw new ValidationError("The form could not be read", {
      expected: "application/x-www-form-urlencoded",
      got: type.slice(0, 80),
      fix: "Send it again from the form on the page.",
    });
  }
  const text = fromUtf8(await shortBody(request, mostBytes));
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    fields[name] = name in fields ? `${fields[name]},${value}` : value;
  }
  return fields;
}

/** @throws {BudgetError} when the body is longer than `mostBytes`. */
export async function shortBody(
  { body }: Request,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body === null ? [] : withPatience(body, PATIENCE)) {
    length += chunk.length;
    if (length > mostBytes) {
      throw new BudgetError("The form is too long", {
        expected: `at most ${mostBytes} bytes`,
        fix: "Shorten what it says.",
      });
    }
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}
