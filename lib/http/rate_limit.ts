// How often one address may submit and read. Kept in memory: a restart forgives everybody.

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { countedAddress } from "./client_address.ts";
import { RateLimitError } from "./status.ts";

export interface RateLimit {
  points: number;
  durationSeconds: number;
}

/** What is left for an address after a request. */
export interface RateLimitState {
  remaining: number;
  /** Until all points are there again. */
  resetSeconds: number;
}

/** A limiter over addresses; `what` they do, in the plural, is told to who does too much. */
export class AddressLimiter {
  readonly #limiter: RateLimiterMemory;
  readonly #what: string;

  constructor({ points, durationSeconds }: RateLimit, what: string) {
    this.#limiter = new RateLimiterMemory({ points, duration: durationSeconds });
    this.#what = what;
  }

  /** Takes nothing. @throws {RateLimitError} when no point is left. */
  async check(address: string): Promise<void> {
    const state = await this.#limiter.get(countedAddress(address));
    if (state && state.remainingPoints <= 0) {
      throw new RateLimitError(this.#what, seconds(state.msBeforeNext));
    }
  }

  /** Takes one point if there is one. */
  async count(address: string): Promise<void> {
    await this.#limiter.penalty(countedAddress(address));
  }

  /** Takes one point. @throws {RateLimitError} when none is left. */
  async take(address: string): Promise<RateLimitState> {
    try {
      const { remainingPoints, msBeforeNext } = await this.#limiter.consume(
        countedAddress(address),
      );
      return { remaining: remainingPoints, resetSeconds: seconds(msBeforeNext) };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new RateLimitError(this.#what, seconds(refusal.msBeforeNext));
    }
  }
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** Enough for a person and a script, too few for a flood. */
export const submissionLimiter = new AddressLimiter(
  { points: 30, durationSeconds: 60 },
  "submissions",
);

/** Parts of files: a long one has a few hundred. */
export const uploadLimiter = new AddressLimiter(
  { points: 600, durationSeconds: 60 },
  "parts of uploads",
);

/** Steps of signing in and of adding a passkey: a person needs two at a time. */
export const signInLimiter = new AddressLimiter(
  { points: 60, durationSeconds: 60 },
  "attempts to sign in",
);

/** New accounts: a class may sit behind one address. */
export const signUpLimiter = new AddressLimiter(
  { points: 30, durationSeconds: 3600 },
  "new accounts",
);

/** Flags: who reads a few models an hour finds something wrong with fewer. */
export const flagLimiter = new AddressLimiter({ points: 20, durationSeconds: 3600 }, "flags");

/** Nonces for replays in tabs, and what these found: small models take a tab seconds each. */
const TAB_REPLAYS: RateLimit = { points: 240, durationSeconds: 3600 };
export const challengeLimiter = new AddressLimiter(TAB_REPLAYS, "replays begun");
export const confirmationLimiter = new AddressLimiter(TAB_REPLAYS, "confirmations");
/** New raters of the lab: a class may sit behind one address. */
export const raterLimiter = new AddressLimiter({ points: 60, durationSeconds: 3600 }, "new raters");

/** Batches of a rater's scores: one for each key at most, a fast rater has two keys a second. */
export const ratingLimiter = new AddressLimiter(
  { points: 1200, durationSeconds: 60 },
  "batches of scores",
);

/** Of pages made anew and of downloads; what is kept is not counted. A class behind one address. */
export const visitLimiter = new AddressLimiter(
  { points: 1200, durationSeconds: 60 },
  "requests",
);

/** Of the API and the feeds: ten a second, in bursts too. */
export const READ_LIMIT: RateLimit = { points: 600, durationSeconds: 60 };

/**
 * Whose request it is: the address of the connection, or what a reverse proxy on this very machine
 * says of it (the last entry of X-Forwarded-For, which is the proxy's own). Requests without one
 * (tests, sockets) share a bucket.
 */
export function remoteAddress(info: unknown, headers: Headers): string {
  const address = Object(Object(info).remoteAddr).hostname ?? "local";
  if (!LOOPBACK.test(address)) return address;
  return headers.get("x-forwarded-for")?.split(",").at(-1)?.trim().slice(0, 64) || address;
}

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.|localhost$)/;
