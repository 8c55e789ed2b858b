// How often one address may submit. Kept in memory: a restart forgives everybody.

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { RateLimitError } from "./status.ts";

export interface RateLimit {
  points: number;
  durationSeconds: number;
}

/** A limiter over addresses. */
export class AddressLimiter {
  readonly #limiter: RateLimiterMemory;

  constructor({ points, durationSeconds }: RateLimit) {
    this.#limiter = new RateLimiterMemory({ points, duration: durationSeconds });
  }

  /** Takes one point. @throws {RateLimitError} when none is left. */
  async take(address: string): Promise<void> {
    try {
      await this.#limiter.consume(address);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new RateLimitError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
  }
}

/** Submissions: enough for a person and a script, too few for a flood. */
export const submissionLimiter = new AddressLimiter({ points: 30, durationSeconds: 60 });

/** The address of the connection; requests without one (tests, sockets) share a bucket. */
export function remoteAddress(info: unknown): string {
  return Object(Object(info).remoteAddr).hostname ?? "local";
}
