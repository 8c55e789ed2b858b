// Lines for a stream, several in one write: a write for each would cost a busy server a tenth of
// its time.

const encoder = new TextEncoder();
/** Longest a line waits. */
const WAIT_MS = 20;

export class LineOutput {
  readonly #stream: { writeSync(bytes: Uint8Array): number };
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: { writeSync(bytes: Uint8Array): number }) {
    this.#stream = stream;
  }

  /** @param urgent write it, and what waits, at once: the process may not live much longer. */
  write(line: string, urgent: boolean): void {
    this.#waiting.push(line);
    if (urgent) return this.flush();
    if (this.#timer !== undefined) return;
    const timer = setTimeout(() => this.flush(), WAIT_MS);
    // Waiting lines do not keep the process alive: they are written when it ends.
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = encoder.encode(this.#waiting.join(""));
    this.#waiting = [];
    try {
      for (let at = 0; at < bytes.length;) at += this.#stream.writeSync(bytes.subarray(at));
    } catch {
      // Nobody reads any more. There is no other place to say so.
    }
  }

  flushOnExit(): void {
    globalThis.addEventListener("unload", () => this.flush());
  }
}
