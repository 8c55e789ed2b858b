// What the commands print: notes, progress and errors on stderr, results on stdout.

import type { TinyproofError } from "../lib/errors.ts";

const encoder = new TextEncoder();

/** A line for people. */
export function note(line: string): void {
  console.error(line);
}

/** The one JSON object of --json. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
}

/** What went wrong, what was expected, what was found and what to do about it. */
export function printError({ message, problem }: TinyproofError): void {
  const { expected, got, fix } = problem;
  // Messages quote files, and files may hold terminal commands.
  note(`error: ${printable(message)}`);
  if (expected !== undefined) note(`  expected: ${printable(expected)}`);
  if (got !== undefined) note(`  got:      ${printable(got)}`);
  if (fix !== undefined) note(`  mend:     ${printable(fix)}`);
}

/** Text without control characters, which a terminal would obey: only line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\u{FFFD}");
}

/** Writes a stream of bytes on stdout: as they are, or on a terminal as printable text. */
export class ByteOutput {
  readonly #decoder = Deno.stdout.isTerminal() ? new TextDecoder() : null;

  write(bytes: Uint8Array): void {
    if (this.#decoder === null) return writeAll(Deno.stdout, bytes);
    // A character of several bytes waits for its last.
    const text = this.#decoder.decode(bytes, { stream: true });
    writeAll(Deno.stdout, encoder.encode(printable(text)));
  }

  end(): void {
    const rest = this.#decoder?.decode() ?? "";
    writeAll(Deno.stdout, encoder.encode(`${rest}\n`));
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

/** Duration in words: "2 h 05 min", "3 min 20 s", "12 s". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds >= 3600) {
    return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
  }
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s` : `${seconds} s`;
}

/** A bar redrawn in place on a terminal; elsewhere a line now and then. Nothing when `quiet`. */
export class ProgressBar {
  readonly #quiet: boolean;
  readonly #terminal = Deno.stderr.isTerminal();
  readonly #everyMs: number;
  #shownMs: number;
  #shown = "";

  constructor(quiet: boolean) {
    this.#quiet = quiet;
    this.#everyMs = this.#terminal ? 100 : 10_000;
    // In a log, work of a few seconds leaves its last line only.
    this.#shownMs = this.#terminal ? -Infinity : performance.now();
  }

  /** `fraction` of the work done, 0..1, and words about it. */
  update(fraction: number, text: string): void {
    const nowMs = performance.now();
    if (this.#quiet || (nowMs - this.#shownMs < this.#everyMs && fraction < 1)) return;
    const filled = Math.floor(24 * fraction);
    const bar = "█".repeat(filled) + "░".repeat(24 - filled);
    const line = `${bar} ${(100 * fraction).toFixed(1).padStart(5)} %  ${text}`;
    if (line === this.#shown) return;
    this.#shownMs = nowMs;
    this.#shown = line;
    Deno.stderr.writeSync(encoder.encode(this.#terminal ? `\r\x1b[2K${line}` : `${line}\n`));
  }

  end(): void {
    if (!this.#quiet && this.#terminal) Deno.stderr.writeSync(encoder.encode("\n"));
  }
}
