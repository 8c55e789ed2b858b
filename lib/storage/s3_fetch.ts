// HTTP as an object store wants it: uploads with their length said first, and no endless waiting.

import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Nothing moved for longer than it may. */
export class StalledError extends Error {
  constructor(stallMs: number) {
    super(`nothing arrived for ${stallMs / 1000} s`);
  }
}

/** No whole answer came. Not a word of what was sent: it may be signed. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    const { code, message } = Object(cause) as { code?: string; message?: string };
    super(`the connection failed (${code ?? message?.split(": ").pop() ?? "no reason given"})`);
  }
}

/**
 * A fetch that gives up when nothing moves for `stallMs`, in the answer's body too, and follows no
 * redirect: a signature holds for one host.
 */
export function patientFetch(stallMs: number): typeof fetch {
  return (input, init) => {
    const { body } = init ?? {};
    return body instanceof ReadableStream
      ? upload(new URL(String(input)), init!, body, stallMs)
      : download(input, init, stallMs);
  };
}

async function download(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  stallMs: number,
): Promise<Response> {
  const watch = new StallWatch(stallMs);
  try {
    const response = await fetch(input, { ...init, redirect: "manual", signal: watch.signal });
    if (response.body === null) {
      watch.end();
      return response;
    }
    return new Response(ReadableStream.from(watched(response.body, watch)), response);
  } catch (error) {
    watch.end();
    throw watch.faultOf(error);
  }
}

async function* watched(body: ReadableStream<Uint8Array<ArrayBuffer>>, watch: StallWatch) {
  try {
    yield* moving(body, watch);
  } catch (error) {
    throw watch.faultOf(error);
  } finally {
    watch.end();
  }
}

async function* moving(body: ReadableStream<Uint8Array<ArrayBuffer>>, watch: StallWatch) {
  for await (const chunk of body) {
    watch.moved();
    yield chunk;
  }
}

/** Deno's fetch sends streams in chunks of unsaid length, which S3 refuses. */
async function upload(
  url: URL,
  { method, headers }: RequestInit,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  stallMs: number,
): Promise<Response> {
  const watch = new StallWatch(stallMs);
  const request = (url.protocol === "https:" ? https : http).request(url, {
    method,
    headers: headers as Record<string, string>,
    signal: watch.signal,
  });
  const answer = Promise.withResolvers<Response>();
  request.on("error", answer.reject);
  request.on("response", (message: http.IncomingMessage) => {
    collect(message, watch).then(answer.resolve, answer.reject);
  });
  // The answer tells more than the broken pipe of a server that refused early.
  const sent = pipeline(Readable.from(moving(body, watch)), request).catch(() => {});
  try {
    return await answer.promise;
  } catch (error) {
    throw watch.faultOf(error);
  } finally {
    watch.end();
    request.destroy();
    await sent;
  }
}

async function collect(message: http.IncomingMessage, watch: StallWatch): Promise<Response> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of message) {
    watch.moved();
    parts.push(part);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  return new Response(new Blob(parts), { status: message.statusCode, headers });
}

class StallWatch {
  readonly #stopping = new AbortController();
  readonly #stallMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
    this.moved();
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  moved(): void {
    clearTimeout(this.#timer);
    if (this.signal.aborted) return;
    this.#timer = setTimeout(
      () => this.#stopping.abort(new StalledError(this.#stallMs)),
      this.#stallMs,
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** What to say of an error that came while this was watching. */
  faultOf(error: unknown): Error {
    return this.signal.aborted ? this.signal.reason : new ConnectionError(error);
  }
}
