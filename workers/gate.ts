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

  get closed(): boolean {
    return this.#opened !== null;
  }

  close(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = null;
  }

  /** Lets messages in, when they have waited: resolves at once as a rule. */
  async turn(): Promise<void> {
    if (performance.now() - this.#lastTurnMs <= TURN_MS) return;
    await turnOfLoop();
    this.#lastTurnMs = performance.now();
  }

  /** Resolves while it is open. */
  async pass(): Promise<void> {
    if (!this.closed) return;
    const sinceMs = performance.now();
    this.onHold(true);
    while (this.#opened !== null) await this.#opened.promise;
    this.heldMs += performance.now() - sinceMs;
    this.onHold(false);
  }
}

const { port1, port2 } = new MessageChannel();

/** Timers of a tab in the background come once a second or once a minute; messages do not. */
function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}
