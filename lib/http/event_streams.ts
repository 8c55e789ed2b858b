// The event streams that are open: how many, whose, and how to end them all.

import { countedAddress } from "./client_address.ts";
import { BusyError, RateLimitError } from "./status.ts";

/** Tabs of one household, or of one class behind one address. */
const MOST_OF_ADDRESS = 100;
const RETRY_SECONDS = 30;

export class EventStreams {
  readonly #most: number;
  readonly #open = new Map<() => void, string>();
  readonly #ofAddress = new Map<string, number>();

  /** @param most streams open at a time: each holds a connection and a file descriptor. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * @param end tells the client to come back later and ends its stream.
   * @returns how to say that it has ended.
   * @throws {BusyError | RateLimitError} when there are too many.
   */
  add(address: string, end: () => void): () => void {
    if (this.#open.size >= this.#most) throw new BusyError(RETRY_SECONDS);
    const counted = countedAddress(address);
    const own = this.#ofAddress.get(counted) ?? 0;
    if (own >= MOST_OF_ADDRESS) throw new RateLimitError("event streams", RETRY_SECONDS);
    this.#open.set(end, counted);
    this.#ofAddress.set(counted, own + 1);
    return () => this.#remove(end);
  }

  endAll(): void {
    for (const end of [...this.#open.keys()]) end();
  }

  #remove(end: () => void): void {
    const address = this.#open.get(end);
    if (address === undefined) return;
    this.#open.delete(end);
    const left = this.#ofAddress.get(address)! - 1;
    if (left === 0) this.#ofAddress.delete(address);
    else this.#ofAddress.set(address, left);
  }
}
