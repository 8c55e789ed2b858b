// Builds the native kernels with the C compiler at hand: `deno task build:native`. Nothing needs them.

import { TinyproofError } from "../lib/errors.ts";
import { instructionSets, NATIVE_LIBRARY, signatures } from "../workers/native_kernels.ts";

const SOURCE = new URL("engine.c", import.meta.url);

/** Options of each instruction set; the library holds all of them and is loaded with the best. */
const SETS: Record<string, Record<string, readonly string[]>> = {
  x86_64: {
    avx512: [
      ...["-mavx2", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"],
      "-mprefer-vector-width=512",
    ],
    avx2: ["-mavx2"],
    sse2: [],
  },
  aarch64: { neon: [] },
};

/**
 * No contraction to fused multiply-add, nothing of -ffast-math. That square roots set no errno and
 * that nobody reads the exception flags changes no result, and lets loops become vectors.
 */
const EXACT = ["-ffp-contract=off", "-fno-fast-math", "-fno-math-errno", "-fno-trapping-math"];
const FORM = ["-std=gnu11", "-O3", "-fPIC", "-fvisibility=hidden", "-Wno-psabi"];

/** The C compiler: `CC`, or the first of cc, gcc and clang that answers; null where none does. */
export async function findCompiler(): Promise<string | null> {
  for (const name of [Deno.env.get("CC"), "cc", "gcc", "clang"]) {
    if (name && await run(name, ["--version"]).then(({ success }) => success, () => false)) {
      return name;
    }
  }
  return null;
}

/** @throws {TinyproofError} with the compiler's messages when the source does not compile. */
export async function buildNative(compiler: string, library: string): Promise<void> {
  const sets = Object.entries(SETS[Deno.build.arch] ?? {});
  const folder = await Deno.makeTempDir({ prefix: "tinyproof-native-" });
  try {
    const objects = sets.map(([set]) => `${folder}/${set}.o`);
    await Promise.all(sets.map(async ([set, options], i) => {
      // The last set is what every machine has: the function that chooses is compiled for it.
      const choose = i === sets.length - 1 ? ["-DCHOOSE", `-DSIGNATURES=${signatures()}u`] : [];
      const define = [`-DSET=${set}`, ...choose];
      const files = ["-c", SOURCE.pathname, "-o", objects[i]];
      await compile(compiler, [...FORM, ...options, ...EXACT, ...define, ...files]);
    }));
    await Deno.mkdir(library.slice(0, library.lastIndexOf("/")), { recursive: true });
    // Another process sees the whole library or the old one.
    const partial = `${library}.${Deno.pid}`;
    await compile(compiler, ["-shared", ...objects, "-lm", "-o", partial]);
    await Deno.rename(partial, library);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compile(compiler: string, args: string[]): Promise<void> {
  const { success, stderr } = await run(compiler, args);
  if (success) return;
  throw new TinyproofError(`${compiler} could not build the native kernels`, {
    expected: "GCC 12 or Clang 15, or newer",
    got: new TextDecoder().decode(stderr).slice(0, 2000),
    fix: "Set CC to such a compiler, or go on without: the WebAssembly engine gives the same bits.",
  });
}

function run(command: string, args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(command, { args, stdout: "null", stderr: "piped" }).output();
}

if (import.meta.main) {
  const compiler = await findCompiler();
  if (compiler === null) {
    console.error("No C compiler found (tried $CC, cc, gcc, clang). Nothing needs native kernels:");
    console.error("the WebAssembly engine gives the same bits, only slower.");
    Deno.exit(1);
  }
  await buildNative(compiler, NATIVE_LIBRARY);
  const sets = instructionSets(NATIVE_LIBRARY).join(", ");
  console.log(`${NATIVE_LIBRARY}: kernels for ${sets}, built by ${compiler}`);
}
