// Methods of strings (ECMA-262, section 22.1.3). Lengths are known before anything is made.

import { toInteger, toNumber, toText } from "./conversions.ts";
import { thrown, unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import type { Value } from "./values.ts";

type StringMethod = (machine: Machine, text: string, args: readonly Value[]) => Value;

/** Comparisons of one step while a text is searched for another. */
const COMPARISONS_PER_STEP = 64;

const METHODS: Record<string, StringMethod> = {
  at(machine, text, [index]) {
    const place = toInteger(machine, index);
    return text[place < 0 ? text.length + place : place];
  },
  charAt: (machine, text, [index]) => text.charAt(toInteger(machine, index)),
  charCodeAt: (machine, text, [index]) => text.charCodeAt(toInteger(machine, index)),
  codePointAt: (machine, text, [index]) => text.codePointAt(toInteger(machine, index)),
  concat(machine, text, args) {
    const parts = [text, ...args.map((arg) => toText(machine, arg))];
    machine.meter.makeString(parts.reduce((sum, part) => sum + part.length, 0));
    return parts.join("");
  },
  endsWith(machine, text, [wanted, end]) {
    const part = toText(machine, wanted);
    machine.meter.read(part.length);
    return text.endsWith(part, end === undefined ? text.length : toInteger(machine, end));
  },
  includes(machine, text, [wanted, from]) {
    const part = searched(machine, text, wanted);
    return text.includes(part, toInteger(machine, from));
  },
  indexOf(machine, text, [wanted, from]) {
    const part = searched(machine, text, wanted);
    return text.indexOf(part, toInteger(machine, from));
  },
  lastIndexOf(machine, text, [wanted, from]) {
    const part = searched(machine, text, wanted), place = toNumber(machine, from);
    return text.lastIndexOf(part, Number.isNaN(place) ? Infinity : place);
  },
  padEnd(machine, text, args) {
    const { length, filler } = padding(machine, args);
    return length <= text.length ? text : text.padEnd(length, filler);
  },
  padStart(machine, text, args) {
    const { length, filler } = padding(machine, args);
    return length <= text.length ? text : text.padStart(length, filler);
  },
  repeat(machine, text, [count]) {
    const times = toInteger(machine, count);
    if (times < 0 || times === Infinity) {
      throw thrown("RangeError", `a string cannot be repeated ${times} times`);
    }
    if (text === "") return "";
    machine.meter.makeString(text.length * times);
    return text.repeat(times);
  },
  replace(machine, text, args) {
    const { part, replacement } = replacing(machine, text, args);
    machine.meter.makeString(text.length + replacement.length);
    return text.replace(part, replacement);
  },
  replaceAll(machine, text, args) {
    const { part, replacement } = replacing(machine, text, args);
    const count = part === "" ? text.length + 1 : text.split(part).length - 1;
    machine.meter.makeString(text.length + count * (replacement.length - part.length));
    return text.replaceAll(part, replacement);
  },
  slice(machine, text, [start, end]) {
    return made(machine, text.slice(toInteger(machine, start), optional(machine, end)));
  },
  split(machine, text, [separator, most]) {
    if (separator === undefined) return [text];
    const part = searched(machine, text, separator);
    const limit = most === undefined ? undefined : toNumber(machine, most);
    // Each piece has at least one unit of the text or of the separator.
    machine.meter.makeString(text.length);
    const pieces = text.split(part, limit);
    machine.meter.makeArray(pieces.length);
    return pieces;
  },
  startsWith(machine, text, [wanted, from]) {
    const part = toText(machine, wanted);
    machine.meter.read(part.length);
    return text.startsWith(part, toInteger(machine, from));
  },
  substr(machine, text, [start, length]) {
    return made(machine, text.substr(toInteger(machine, start), optional(machine, length)));
  },
  substring(machine, text, [start, end]) {
    return made(machine, text.substring(toInteger(machine, start), optional(machine, end)));
  },
  toLowerCase: (machine, text) => made(machine, requireAscii(text).toLowerCase()),
  toString: (_machine: Machine, text: string) => text,
  toUpperCase: (machine, text) => made(machine, requireAscii(text).toUpperCase()),
  trim: (machine, text) => made(machine, text.trim()),
  trimEnd: (machine, text) => made(machine, text.trimEnd()),
  trimStart: (machine, text) => made(machine, text.trimStart()),
};

export const STRING_METHODS: ReadonlyMap<string, StringMethod> = new Map(Object.entries(METHODS));

function made(machine: Machine, text: string): string {
  machine.meter.makeString(text.length);
  return text;
}

function optional(machine: Machine, value: Value): number | undefined {
  return value === undefined ? undefined : toInteger(machine, value);
}

/** The text that is searched for; at worst every place is compared with all of it. */
function searched(machine: Machine, text: string, value: Value): string {
  const part = toText(machine, value);
  machine.meter.step(Math.floor(text.length * (part.length + 1) / COMPARISONS_PER_STEP));
  return part;
}

function padding(
  machine: Machine,
  [wanted, fill]: readonly Value[],
): { length: number; filler: string } {
  const length = toInteger(machine, wanted),
    filler = fill === undefined ? " " : toText(machine, fill);
  if (filler === "") return { length: 0, filler };
  if (length > 0) machine.meter.makeString(length);
  return { length, filler };
}

function replacing(
  machine: Machine,
  text: string,
  [wanted, by]: readonly Value[],
): { part: string; replacement: string } {
  const part = searched(machine, text, wanted);
  if (typeof by === "object" && by !== null && !Array.isArray(by)) {
    throw unsupported("a replacement that is a function or an object");
  }
  const replacement = toText(machine, by);
  if (replacement.includes("$")) throw unsupported('a "$" in a replacement');
  return { part, replacement };
}

/** The case of other letters depends on the engine's version of Unicode. */
function requireAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7F) throw unsupported("the case of a letter beyond ASCII");
  }
  return text;
}
