// The place of a row in an order, as it stands in an address. Knows no order.

import { z } from "zod";
import { fromUtf8, utf8 } from "../bytes.ts";

/** Pages start after a row or end before one, whether or not it is still there. */
export interface Cursor<Order extends string = string, Key = number> {
  /** Which order it is a place in. */
  order: Order;
  /** What rows are compared by in that order, of this row. */
  keys: readonly Key[];
  entryId: string;
}

/** JSON has no infinity, which stands for a value that is not known. */
const key = z.union([
  z.number(),
  z.null().transform(() => Infinity),
  // deno-lint-ignore no-control-regex
  z.string().max(200).regex(/^[^\u0000]*$/),
]);
// deno-lint-ignore no-control-regex
const id = z.string().regex(/^[^\u0000]{1,64}$/);
type Key = z.output<typeof key>;
const cursorSchema = z.tuple([z.string(), z.array(key), id]);

/** Base64url of JSON. */
export function encodeCursor({ order, keys, entryId }: Cursor<string, Key>): string {
  const bytes = utf8(JSON.stringify([order, keys, entryId]));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Null for anything that `encodeCursor` does not write. */
export function decodeCursor(text: string): Cursor<string, Key> | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const json = fromUtf8(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)));
    const [order, keys, entryId] = cursorSchema.parse(JSON.parse(json));
    const cursor = { order, keys, entryId };
    return encodeCursor(cursor) === text ? cursor : null;
  } catch {
    return null;
  }
}
