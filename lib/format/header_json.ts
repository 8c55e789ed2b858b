// Turns untrusted header bytes into a plain JSON object. Knows no field of the header.

import { FormatError } from "../errors.ts";

/** What a hostile value looks like in one short line; never echoes more than 80 characters. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(typeof value === "string" ? value.slice(0, 80) : value);
}

/**
 * Parses the header strictly. A repeated key keeps its last value, as in every JSON reader; keys
 * named `__proto__` are dropped, so that copying the result cannot change a prototype.
 * @param bytes the N header bytes. @param offset where they start in the file.
 * @throws {FormatError} when they are not UTF-8, not JSON, nested too deep or not an object.
 */
export function parseHeaderJson(
  bytes: Uint8Array,
  offset: number,
  maxDepth: number,
): Record<string, unknown> {
  const deepAt = depthExceededAt(bytes, maxDepth);
  if (deepAt >= 0) {
    throw headerError(
      "is nested too deep",
      offset + deepAt,
      `at most ${maxDepth} levels`,
      `${maxDepth + 1}`,
    );
  }
  const text = decodeStrictly(bytes, offset);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw headerError("is not JSON", offset, "a JSON object", describe(text.slice(0, 40)));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw headerError("is not an object", offset, "a JSON object", describe(value));
  }
  // An escape can spell the key too; without either there is nothing to drop.
  if (text.includes("__proto__") || text.includes("\\u")) dropPrototypeKeys(value);
  return value as Record<string, unknown>;
}

function decodeStrictly(bytes: Uint8Array, offset: number): string {
  try {
    // The copy is never shared memory, which browsers refuse to decode.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice());
  } catch {
    throw headerError("is not UTF-8", offset, "UTF-8 text", "a malformed byte sequence");
  }
}

/** Byte index at which nesting first exceeds `maxDepth`, or −1. Brackets in strings do not count. */
function depthExceededAt(bytes: Uint8Array, maxDepth: number): number {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i++; // a backslash: the next byte is escaped
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > maxDepth) return i;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return -1;
}

/** Recursion is bounded by the depth already checked. */
function dropPrototypeKeys(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) Reflect.deleteProperty(value, "__proto__");
  for (const child of Object.values(value)) dropPrototypeKeys(child);
}

function headerError(what: string, offset: number, expected: string, got: string): FormatError {
  return new FormatError(`The header ${what}: expected ${expected}, got ${got}`, {
    expected,
    got,
    offset,
    fix: "Export the model again with the program that wrote it; the header is damaged.",
  });
}
