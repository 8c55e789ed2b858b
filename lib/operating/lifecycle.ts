// Whether the server is about to stop. Knows nothing of what has to be done then.

export class Lifecycle {
  readonly #stopping = new AbortController();

  /** Aborted when no new work may begin. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  stop(): void {
    this.#stopping.abort();
  }
}
