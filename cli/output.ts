// What the commands print: notes and progress on stderr, results on stdout.

const encoder = new TextEncoder();

/** A line for people. */
export function note(line: string): void {
  console.error(line);
}

/** The one JSON object of --json. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
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
  #shownMs = -Infinity;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  update(fraction: number, text: string): void {
    const nowMs = performance.now();
    const everyMs = this.#terminal ? 100 : 10_000;
    if (this.#quiet || (nowMs - this.#shownMs < everyMs && fraction < 1)) return;
    this.#shownMs = nowMs;
    const filled = Math.floor(24 * fraction);
    const bar = "█".repeat(filled) + "░".repeat(24 - filled);
    const line = `${bar} ${(100 * fraction).toFixed(1).padStart(5)} %  ${text}`;
    Deno.stderr.writeSync(encoder.encode(this.#terminal ? `\r\x1b[2K${line}` : `${line}\n`));
  }

  end(): void {
    if (!this.#quiet && this.#terminal) Deno.stderr.writeSync(encoder.encode("\n"));
  }
}
