// Lets a loop pass, or holds it: how a page pauses a worker that is never idle.

/** A loop gives way to messages this often. */
const TURN_MS = 40;

export class Gate {
  #opened: PromiseWithResolvers<void> | null = null;
  #lastTurnMs = 0;
  /** Time spent behind a closed gate, in milliseconds. */
  heldMs = 0;
  /** Called when a loop is held, and when it may go on. */
  onHold: (held: boolean) => void = () => {};

  close(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = null;
  }

  /** Resolves at once as a rule; after a turn of the event loop when the last was long ago. */
  async pass(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#lastTurnMs > TURN_MS) {
      await turn();
      this.#lastTurnMs = performance.now();
    }
    if (this.#opened === null) return;
    const sinceMs = performance.now();
    this.onHold(true);
    while (this.#opened !== null) await this.#opened.promise;
    this.heldMs += performance.now() - sinceMs;
    this.onHold(false);
  }
}

const { port1, port2 } = new MessageChannel();

/** One turn of the event loop. Timers of a tab in the background come once a second; these do not. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}
