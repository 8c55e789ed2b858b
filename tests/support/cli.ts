// The command line as its users meet it: a process, its two streams and its exit code.

import assert from "node:assert/strict";
import { fromUtf8 } from "../../lib/bytes.ts";

const ROOT = new URL("../../", import.meta.url);

export interface CliOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

function command(words: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    // Quiet: Deno tells of packages that it downloads on the stream of our messages.
    args: ["run", "-A", "--quiet", "cli.ts", ...words],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command to its end. */
export function cli(...words: string[]): Promise<CliOutcome> {
  return cliWith({}, ...words);
}

/** Runs a command to its end with these variables beside the test's own. */
export async function cliWith(
  env: Record<string, string>,
  ...words: string[]
): Promise<CliOutcome> {
  const { code, stdout, stderr } = await command(words, env).output();
  return { code, stdout: fromUtf8(stdout), stderr: fromUtf8(stderr) };
}

/** Starts a command and hands out the process. */
export function startCli(...words: string[]): Deno.ChildProcess {
  return startCliWith({}, ...words);
}

/** Starts a command with these variables beside the test's own. */
export function startCliWith(
  env: Record<string, string>,
  ...words: string[]
): Deno.ChildProcess {
  return command(words, env).spawn();
}

/** Runs with --json and returns its one object; anything else on stdout fails the test. */
export async function cliJson<T = Record<string, unknown>>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await cli(...words, "--json");
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim().split("\n").length, 1, `Expected one line, got ${stdout}`);
  const value = JSON.parse(stdout);
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value));
  return value;
}

/** A command that must end as users expect of an error: in words, without a stack trace. */
export async function cliError(...words: string[]): Promise<CliOutcome> {
  const outcome = await cli(...words);
  const { code, stdout, stderr } = outcome;
  assert.ok(code === 1 || code === 2, `Expected exit code 1 or 2, got ${code}: ${stderr}`);
  assert.equal(stdout, "");
  assert.match(stderr, /^error: .+/m);
  assert.match(stderr, /^ {2}mend: {5}.+/m);
  assert.doesNotMatch(stderr, /\.ts:\d+|^ {4}at |Uncaught/m);
  return outcome;
}
