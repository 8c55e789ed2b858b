// Asks an endpoint one question, and again where that may help: refusals for now, broken answers,
// silence. Knows nothing of rubrics.

import pRetry, { AbortError } from "p-retry";
import { TinyproofError } from "../../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Answer, PROTOCOL, type Question } from "./protocols.ts";

/** No further question will do better: the key, the model or the address is wrong. */
export class JudgeRefusal extends TinyproofError {}

/** Another try may do better. */
export class JudgeFault extends TinyproofError {
  /** What the endpoint asks for, or null. */
  readonly waitMs: number | null;
  constructor(message: string, waitMs: number | null = null) {
    super(message);
    this.waitMs = waitMs;
  }
}

export interface Asking {
  endpoint: Endpoint;
  /** "" where an endpoint takes none. Never kept, never part of an error. */
  key: string;
  fetch: typeof fetch;
  /** Of one try. */
  timeoutMs: number;
  /** After the first try. */
  retries: number;
  /** Before the second try; doubled before each further one. */
  firstWaitMs: number;
  /** Waits: a clock of the caller's. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  signal?: AbortSignal;
}

/** What endpoints answer with when the same question may be answered later. */
const PASSING = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);
const LONGEST_WAIT_MS = 60_000;
const SHOWN = 200;

/**
 * @param accept is given each answer; what it throws as `JudgeFault` is asked again.
 * @param onFault is told of each try that failed and is not the last.
 * @throws {JudgeRefusal} at once, for what no further try mends.
 * @throws {JudgeFault} when the last try failed too.
 */
export async function ask<T>(
  asking: Asking,
  prompt: string,
  accept: (answer: Answer) => T,
  onFault: (fault: JudgeFault) => unknown = () => {},
): Promise<T> {
  const { endpoint, key, retries, firstWaitMs, signal } = asking;
  const speech = PROTOCOL[endpoint.protocol];
  const question = speech.question(endpoint, key, prompt);
  return await pRetry(async () => {
    const body = await post(asking, question);
    let answer: Answer;
    try {
      answer = speech.answer(body);
    } catch {
      throw new JudgeFault(
        `What came back is no answer of that protocol: ${shown(JSON.stringify(body), key)}`,
      );
    }
    return accept(answer);
  }, {
    retries,
    // The waiting is done below, by the caller's clock.
    minTimeout: 0,
    maxTimeout: 0,
    signal,
    shouldRetry: ({ error }) => error instanceof JudgeFault,
    async onFailedAttempt({ error, attemptNumber, retriesLeft }) {
      if (!(error instanceof JudgeFault) || retriesLeft === 0) return;
      onFault(error);
      const backOffMs = firstWaitMs * 2 ** (attemptNumber - 1);
      await asking.wait(Math.min(error.waitMs ?? backOffMs, LONGEST_WAIT_MS), signal);
    },
  });
}

async function post(asking: Asking, question: Question): Promise<unknown> {
  const { url, headers, body } = question;
  const timeout = AbortSignal.timeout(asking.timeoutMs);
  const signal = asking.signal ? AbortSignal.any([asking.signal, timeout]) : timeout;
  let status: number, text: string, waitMs: number | null;
  try {
    const response = await asking.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      // The key goes where its owner sent it and nowhere else.
      redirect: "error",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    });
    ({ status } = response);
    waitMs = retryAfterMs(response.headers);
    text = await response.text();
  } catch (error) {
    if (asking.signal?.aborted) throw new AbortError(asError(asking.signal.reason));
    throw timeout.aborted
      ? new JudgeFault(`No answer within ${asking.timeoutMs / 1000} s`)
      : new JudgeFault(`The endpoint could not be reached: ${asError(error).message}`);
  }
  if (status === 200) return parsed(text, asking.key);
  const said = `The endpoint answered ${status}: ${shown(text, asking.key)}`;
  if (PASSING.has(status)) throw new JudgeFault(said, waitMs);
  throw refusal(status, said);
}

function parsed(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JudgeFault(`What came back is no JSON: ${shown(text, key)}`);
  }
}

function refusal(status: number, said: string): JudgeRefusal {
  const fix = status === 401 || status === 403
    ? "Check the key, and that it may use this model."
    : status === 404
    ? "Check the address and the name of the model."
    : "Mend what the endpoint names.";
  return new JudgeRefusal(said, { expected: "200 and an answer", got: String(status), fix });
}

/** RFC 9110, section 10.2.3, in seconds; a date is left to the back-off. */
function retryAfterMs(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** Some endpoints repeat the key that they refuse. */
function shown(text: string, key: string): string {
  const clean = key.length < 4 ? text : text.replaceAll(key, "[key]");
  return clean.replace(/\s+/g, " ").slice(0, SHOWN) || "nothing";
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
