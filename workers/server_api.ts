// The server as a worker sees it: six calls, typed, each asked again while the server is away.

import type { z } from "zod";
import { type Problem, TinyproofError } from "../lib/errors.ts";
import {
  type BlobRef,
  type ClaimAnswer,
  claimAnswerSchema,
  type ClaimRequest,
  type Complete,
  type Fail,
  type Heartbeat,
  heartbeatAnswerSchema,
  type Lease,
  type LeaseState,
  LONGEST_WAIT_MS,
  settledSchema,
  type SettledState,
  WORKER_API,
} from "../lib/jobs/protocol.ts";
import { backoffMs, type Effects } from "./effects.ts";
import type { StateRef } from "../lib/verification/result_schema.ts";
import type { Transport, TransportInit } from "./transport.ts";

/** The server cannot be reached, or has a fault of its own: it may answer later. */
export class ServerAwayError extends Error {}

/** The server said no, and will say no again. */
export class RefusedError extends TinyproofError {
  readonly status: number;
  constructor(status: number, message: string, problem: Problem) {
    super(message, problem);
    this.status = status;
  }
}

const CALL_MS = 60_000;
/** A result may be some megabytes over a slow line. */
const RESULT_MS = 600_000;

export interface ServerApiOptions {
  transport: Transport;
  effects: Effects;
  /** Told once each time the server is lost, and when it is back. */
  say: (line: string) => void;
}

/** @throws from every method: RefusedError, and whatever `signal` was aborted with. */
export class ServerApi {
  readonly #transport: Transport;
  readonly #effects: Effects;
  readonly #say: (line: string) => void;
  #away = false;

  constructor({ transport, effects, say }: ServerApiOptions) {
    [this.#transport, this.#effects, this.#say] = [transport, effects, say];
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<ClaimAnswer> {
    const limitMs = LONGEST_WAIT_MS + CALL_MS;
    return this.untilAnswered(
      signal,
      () => this.#post("claim", request, claimAnswerSchema, { signal, limitMs }),
    );
  }

  /** Asked once: the next heartbeat makes up for it. @throws {ServerAwayError} also. */
  async heartbeat(beat: Heartbeat, signal: AbortSignal): Promise<LeaseState> {
    const limits = { signal, limitMs: CALL_MS };
    return (await this.#post("heartbeat", beat, heartbeatAnswerSchema, limits)).lease;
  }

  async complete(result: Complete, signal: AbortSignal): Promise<SettledState> {
    return (await this.untilAnswered(
      signal,
      () => this.#post("complete", result, settledSchema, { signal, limitMs: RESULT_MS }),
    )).state;
  }

  async fail(failure: Fail, signal: AbortSignal): Promise<SettledState> {
    return (await this.untilAnswered(
      signal,
      () => this.#post("fail", failure, settledSchema, { signal, limitMs: CALL_MS }),
    )).state;
  }

  /** The bytes of a file from `offset` on, asked once. @throws {ServerAwayError} also. */
  async *blob(
    { sha256 }: BlobRef,
    { lease, offset, signal }: { lease: Lease | null; offset: number; signal: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const query = lease === null ? "" : `?job=${lease.job}&fence=${lease.fence}`;
    const headers = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
    const path = `${WORKER_API}/blobs/${sha256}${query}`;
    const { status, body } = await this.#answer(path, { method: "GET", headers, signal });
    if (offset > 0 && status !== 206) {
      await body?.cancel();
      throw new ServerAwayError("it does not go on where a download broke off");
    }
    const chunks = body!.values();
    for (;;) {
      const { done, value } = await chunks.next().catch(asAway(signal));
      if (done) return;
      yield value;
    }
  }

  /** Hands a state over that a job keeps; `open` gives its bytes, each time anew. */
  async keep(
    { leaf, sha256 }: StateRef,
    open: () => Promise<ReadableStream<Uint8Array>>,
    { lease, signal }: { lease: Lease; signal: AbortSignal },
  ): Promise<void> {
    const query = `?job=${lease.job}&fence=${lease.fence}&leaf=${leaf}`;
    await this.untilAnswered(signal, async () => {
      const answer = await this.#answer(`${WORKER_API}/blobs/${sha256}${query}`, {
        method: "PUT",
        headers: { "content-type": "application/octet-stream" },
        body: await open(),
        signal: AbortSignal.any([signal, AbortSignal.timeout(RESULT_MS)]),
      }, signal);
      await answer.body?.cancel();
    });
  }

  /** Repeats `work` until the server answers; other errors are thrown. */
  async untilAnswered<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      signal.throwIfAborted();
      try {
        const value = await work();
        if (this.#away) this.#say("The server is back");
        this.#away = false;
        return value;
      } catch (error) {
        if (!(error instanceof ServerAwayError)) throw error;
        if (!this.#away) this.#say(`The server is away, and is asked again: ${error.message}`);
        this.#away = true;
        await this.#effects.sleep(backoffMs(tries, this.#effects.random), signal);
      }
    }
  }

  async #post<T>(
    name: string,
    body: unknown,
    schema: z.ZodType<T>,
    { signal, limitMs }: { signal: AbortSignal; limitMs: number },
  ): Promise<T> {
    const response = await this.#answer(`${WORKER_API}/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    }, signal);
    const parsed = schema.safeParse(await response.json().catch(asAway(signal)));
    if (parsed.success) return parsed.data;
    throw new RefusedError(response.status, "The server answers in another way than this worker", {
      expected: `an answer of protocol 1 to ${name}`,
      got: parsed.error.issues[0].message,
      fix: "Bring worker and server to the same commit.",
    });
  }

  async #answer(
    path: string,
    init: TransportInit,
    signal = init.signal!,
  ): Promise<Response> {
    const response = await this.#transport(path, init).catch(asAway(signal));
    if (response.ok) return response;
    const text = await response.text().catch(() => "");
    if (MAY_PASS.has(response.status) || response.status >= 500) {
      throw new ServerAwayError(`it answers with status ${response.status}`);
    }
    throw refusal(response.status, text);
  }
}

/** Too slow, too many: the same words may be welcome later. */
const MAY_PASS = new Set([408, 425, 429]);

/** For a promise of the transport: what is no wish of ours is the server's absence. */
function asAway(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    if (signal.aborted) throw signal.reason;
    throw new ServerAwayError(error instanceof Error ? error.message : String(error));
  };
}

function refusal(status: number, text: string): RefusedError {
  try {
    const { error: { message, expected, got, fix } } = JSON.parse(text);
    return new RefusedError(status, String(message), { expected, got, fix });
  } catch {
    return new RefusedError(status, `The server answered with status ${status}`, {
      expected: "the addresses of workers",
      got: `status ${status}`,
      fix: "Check the address of the server.",
    });
  }
}
