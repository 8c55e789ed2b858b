// Kernels from the native library (native/engine.c), in place of WebAssembly's and over the same
// memory. A library's word is not taken: what it computes is compared before it is used.

import { utf8 } from "../lib/bytes.ts";
import type { Accelerate, Kernels } from "../lib/engine/kernels.ts";
import { IntegrityError } from "../lib/errors.ts";

/** Where `deno task build:native` leaves the library. */
export const NATIVE_LIBRARY = new URL("../static/build/native/engine.so", import.meta.url).pathname;

type Declared<P extends unknown[]> = {
  readonly [I in keyof P]: P[I] extends boolean ? "bool" : "u32" | "i32" | "f32";
};
type Signatures = { [Name in keyof Kernels]?: Declared<Parameters<Kernels[Name]>> };

const p = "u32", i = "i32", f = "f32", b = "bool";

/**
 * Parameters of the native kernels as in `Kernels`: p an offset in bytes, i an integer, f a
 * binary32, b a boolean. All but `sumSquares` return nothing.
 */
const KERNELS = {
  gemm: [p, i, p, i, i, p, i, i, i, i, i, b, i, p],
  attention: [p, p, p, p, i, i, i, i, i, i, f, p, p],
  attentionBackward: [p, p, p, p, p, p, p, i, i, i, i, i, i, f, p, p, p],
  addBias: [p, p, i, i, i],
  addBiasResidual: [p, p, p, p, i, i, i],
  biasGelu: [p, p, p, i, i, i],
  biasGeluSplit: [p, p, p, i, i, i],
  multiply: [p, p, i],
  columnSums: [p, p, i, i, i, i, b],
  layerNorm: [p, p, p, p, p, i, i, i],
  layerNormAgain: [p, p, p, p, p, i, i, i],
  layerNormBackward: [p, p, p, p, p, i, i, i, b, p],
  layerNormParams: [p, p, p, p, p, i, i, i, i, b],
  negativeLogLikelihood: [p, p, p, i, i, i],
  crossEntropyBackward: [p, p, p, f, f, i, i, i],
  sumSquares: [p, i],
  adamW: [p, p, p, p, i, f, f, f, f, f, f, f, f, f, f],
} as const satisfies Signatures;

/** Names of the kernels a native library has. */
export const NATIVE_KERNELS = Object.keys(KERNELS) as (keyof typeof KERNELS)[];

/** Instruction sets by architecture, the fastest first. */
const SETS: Record<string, readonly string[]> = {
  x86_64: ["avx512", "avx2", "sse2"],
  aarch64: ["neon"],
};

export interface NativeKernels {
  /** The instruction set they are compiled for. */
  set: string;
  accelerate: Accelerate;
}

/** A number that changes with the parameters of any kernel (FNV-1a). */
export function signatures(): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(JSON.stringify(KERNELS))) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * Instruction sets of the library that this machine has, the fastest first.
 *
 * @throws {IntegrityError} when the library is of another version than this program.
 * @throws {Error} when it cannot be loaded.
 */
export function instructionSets(library: string): string[] {
  const opened = Deno.dlopen(library, {
    signatures: { parameters: [], result: "u32" },
    missingSets: { parameters: [], result: "i32" },
  });
  const made = opened.symbols.signatures(), missing = opened.symbols.missingSets();
  opened.close();
  if (made === signatures()) return (SETS[Deno.build.arch] ?? []).slice(missing);
  throw new IntegrityError("The native kernels are of another version than this program", {
    expected: `signatures ${signatures()}`,
    got: `signatures ${made}`,
    fix: "Build them again: deno task build:native",
  });
}

/** The library's kernels for `set`, which must be one of its `instructionSets`. */
export function openNative(library: string, set: string): NativeKernels {
  const declarations = Object.fromEntries(NATIVE_KERNELS.map((name) => [`${name}_${set}`, {
    // A view of the memory goes by its address, and a shared memory never moves.
    parameters: ["buffer", ...KERNELS[name]],
    result: name === "sumSquares" ? "f64" : "void",
  }])) as Record<string, Deno.ForeignFunction>;
  const { symbols } = Deno.dlopen(library, declarations);
  return {
    set,
    accelerate(memory, kernels) {
      const view = new Uint8Array(memory.buffer);
      const native = NATIVE_KERNELS.map((name) => {
        const call = symbols[`${name}_${set}`] as (...args: unknown[]) => unknown;
        return [name, call.bind(null, view)];
      });
      return { ...kernels, ...Object.fromEntries(native) };
    },
  };
}
