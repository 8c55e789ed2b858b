// Binaries beside the present engine: equal ones of another digest, and ones that do not fit.

import { concatBytes, utf8 } from "../../lib/bytes.ts";

/** A WebAssembly module without imports and exports. */
export const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** A section of a module. Lengths below 128 take one byte. */
const section = (id: number, ...content: (number | Uint8Array)[]) => {
  const bytes = concatBytes(
    content.map((part) => typeof part === "number" ? Uint8Array.of(part) : part),
  );
  return concatBytes([Uint8Array.of(id, bytes.length), bytes]);
};
const named = (name: string) => concatBytes([Uint8Array.of(name.length), utf8(name)]);

/** A module that asks for a function and has nothing of its own. */
export function importing(module: string, name: string): Uint8Array<ArrayBuffer> {
  const type = section(1, 1, 0x60, 0, 0);
  return concatBytes([EMPTY_MODULE, type, section(2, 1, named(module), named(name), 0, 0)]);
}

/** A module with one section more, which computes nothing: other bytes, same results. */
export function withNote(binary: Uint8Array, note: string): Uint8Array<ArrayBuffer> {
  return concatBytes([binary, section(0, named(note))]);
}

/** The binary with an exported name replaced by another of the same length. */
export function renamed(
  binary: Uint8Array,
  from: string,
  to: string,
): Uint8Array<ArrayBuffer> {
  const [old, fresh] = [named(from), named(to)];
  if (old.length !== fresh.length) throw new RangeError(`${from} and ${to} differ in length`);
  const copy = Uint8Array.from(binary);
  const at = copy.findIndex((_, i) => old.every((byte, k) => copy[i + k] === byte));
  if (at < 0) throw new RangeError(`The binary has no ${from}`);
  copy.set(fresh, at);
  return copy;
}
