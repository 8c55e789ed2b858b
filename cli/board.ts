// A board on another machine, as commands speak with it. Knows no command.

import { NotFoundError, type Problem, TinyproofError, ValidationError } from "../lib/errors.ts";
import type { Arguments, Option } from "./command.ts";

/** The board's own fault, or a passing one: the same may go well later. The process ends with 3. */
export class BoardError extends TinyproofError {}

export const SERVER_OPTION: Option = {
  type: "string",
  value: "URL",
  help: "where the board is, such as https://board.example",
};

export class Board {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly #key: string | undefined;

  /** `key` is an API key; without one, requests are a guest's. */
  constructor(origin: string, key: string | undefined) {
    this.origin = origin;
    this.#key = key;
  }

  /** Sent with every request. */
  get headers(): Record<string, string> {
    return this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
  }

  get isGuest(): boolean {
    return this.#key === undefined;
  }

  /** Its answer, parsed. @throws {TinyproofError} in the words of the board. */
  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    let response: Response;
    try {
      response = await fetch(this.origin + path, {
        ...init,
        headers: { ...this.headers, ...init.headers as Record<string, string> },
      });
    } catch (error) {
      throw unreachable(this.origin, error);
    }
    const body = await response.json().catch(() => null);
    if (response.ok && body !== null) return body as T;
    throw boardError(response.status, body);
  }
}

/**
 * The board of `--server`, asked with the key of TINYPROOF_KEY.
 * @throws {UsageError} without `--server`. @throws {ValidationError} when it is no address.
 */
export function openBoard(args: Arguments): Board {
  const text = args.required("server");
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ValidationError("The address of the board cannot be read", {
      path: "server",
      expected: "an address that begins with https:// or http://",
      got: text,
      fix: "Copy it from the browser: only what stands before the first path counts.",
    });
  }
  return new Board(url.origin, Deno.env.get("TINYPROOF_KEY") || undefined);
}

/** What a board said when it refused. */
export function boardError(status: number, body: unknown): TinyproofError {
  const { message, expected, got, fix } = Object(Object(body).error);
  const words = typeof message === "string" ? message : `The board answered ${status}`;
  const problem: Problem = { expected, got, fix };
  if (status === 404) return new NotFoundError(words, problem);
  return status === 429 || status >= 500
    ? new BoardError(words, problem)
    : new TinyproofError(words, problem);
}

export function unreachable(origin: string, error: unknown): BoardError {
  return new BoardError(`${origin} cannot be reached`, {
    got: error instanceof Error ? error.message.split("\n")[0] : String(error),
    fix: "Check the address and the connection, and run the same command again.",
  });
}
