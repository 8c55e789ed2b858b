// A text that grows, and how much of its window the cache holds. Knows no model.

export class GrowingText {
  readonly #tokens: number[];
  /** Where the window begins. */
  #begin = 0;
  #cached = 0;

  constructor(tokens: number[]) {
    this.#tokens = tokens;
  }

  push(token: number): void {
    this.#tokens.push(token);
  }

  /** A copy with one token more; its cache is a copy, too. */
  continued(token: number): GrowingText {
    const text = new GrowingText([...this.#tokens, token]);
    text.#begin = this.#begin;
    text.#cached = this.#cached;
    return text;
  }

  /** What the cache lacks of the last `ctx` tokens; taken as read. */
  unread(ctx: number): { tokens: number[]; from: number } {
    if (this.#tokens.length - this.#begin > ctx) {
      // The window moved: every position changes, so the whole window is computed again.
      this.#begin = this.#tokens.length - ctx;
      this.#cached = 0;
    }
    const from = this.#cached;
    const tokens = this.#tokens.slice(this.#begin + from);
    this.#cached += tokens.length;
    return { tokens, from };
  }
}
