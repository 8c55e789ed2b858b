// Calls to a server's API, with the key of an account when the environment has one.

import { TinyproofError, ValidationError } from "../lib/errors.ts";
import type { Arguments, Option } from "./command.ts";

const LOCAL = "http://localhost:8000";

export const SERVER_OPTION: Option = {
  type: "string",
  value: "URL",
  help: `the server (${LOCAL})`,
};

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
  const { message = `The server answered ${response.status}`, ...problem } = Object(answer?.error);
  throw new TinyproofError(message, { fix: "Mend what it names and send it again.", ...problem });
}

function addressOf(args: Arguments): string {
  const server = args.text("server") ?? LOCAL;
  if (URL.canParse(server) && /^https?:/.test(server)) return server.replace(/\/$/, "");
  throw new ValidationError("--server takes the address of a server", {
    expected: `an address such as ${LOCAL}`,
    got: server,
    fix: "Give the address as the browser shows it.",
  });
}

async function reach(server: string, path: string, init: RequestInit): Promise<Response> {
  const key = serverKey();
  const headers = new Headers(init.headers);
  if (key !== null) headers.set("authorization", `Bearer ${key}`);
  try {
    return await fetch(`${server}/api/v1/${path}`, { ...init, headers });
  } catch (error) {
    throw new TinyproofError("The server could not be reached", {
      expected: `a server at ${server}`,
      got: (error as Error).message,
      fix: "Start it with: deno task start, or name another with --server.",
    });
  }
}
