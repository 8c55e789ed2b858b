// Calls to a server's API, with the key of an account when the environment has one.

import { NotFoundError, TinyproofError, ValidationError } from "../lib/errors.ts";
import type { Arguments, Option } from "./command.ts";

const LOCAL = "http://localhost:8000";

export const SERVER_OPTION: Option = {
  type: "string",
  value: "URL",
  help: `the server (${LOCAL})`,
};

/** The server is at fault, cannot be reached or asks to come back later. The process ends with 3. */
export class ServerError extends TinyproofError {}

/** What TINYPROOF_KEY holds; never printed. */
export function serverKey(): string | null {
  return Deno.env.get("TINYPROOF_KEY") || null;
}

/**
 * @param path below /api/v1/.
 * @throws {TinyproofError} with the server's reason, when it refuses.
 */
export async function callServer(
  args: Arguments,
  path: string,
  init: RequestInit = {},
  // deno-lint-ignore no-explicit-any -- the caller knows what this address answers
): Promise<any> {
  const response = await reach(addressOf(args), path, init);
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  throw refusal(response.status, answer);
}

/** What a server said when it refused. */
export function refusal(status: number, answer: unknown): TinyproofError {
  const { message = `The server answered ${status}`, ...said } = Object(Object(answer).error);
  const problem = { fix: "Mend what it names and send it again.", ...said };
  if (status === 404) return new NotFoundError(message, problem);
  return status === 429 || status >= 500
    ? new ServerError(message, problem)
    : new TinyproofError(message, problem);
}

/** Of `--server`, without a slash at its end. @throws {ValidationError} */
export function addressOf(args: Arguments): string {
  const server = args.text("server") ?? LOCAL;
  if (URL.canParse(server) && /^https?:/.test(server)) return server.replace(/\/$/, "");
  throw new ValidationError("--server takes the address of a server", {
    expected: `an address such as ${LOCAL}`,
    got: server,
    fix: "Give the address as the browser shows it.",
  });
}

async function reach(server: string, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(keyHeaders())) headers.set(name, value);
  try {
    return await fetch(`${server}/api/v1/${path}`, { ...init, headers });
  } catch (error) {
    throw unreachable(server, error as Error);
  }
}

/** The key as every request shows it. */
export function keyHeaders(): Record<string, string> {
  const key = serverKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

export function unreachable(server: string, { message }: Error): ServerError {
  return new ServerError("The server could not be reached", {
    expected: `a server at ${server}`,
    got: message.split("\n")[0],
    fix: "Start it with: deno task start, or name another with --server.",
  });
}
