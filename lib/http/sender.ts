// Whose request it is, for what is counted by sender. Knows no route.

import type { State } from "../../app_state.ts";
import { mustBeAllowed } from "../accounts/caller.ts";
import { accountSender, guestSender, type Sender } from "../submissions/senders.ts";
import { remoteAddress } from "./rate_limit.ts";

/**
 * The account that is signed in, or the guest's address.
 * @throws {PermissionError} when an API key without the scope "submit" was sent.
 */
export async function senderOf(
  { req, info, state }: { req: Request; info: unknown; state: State },
): Promise<Sender> {
  if (state.caller !== null) return accountSender(mustBeAllowed(state.caller, "submit"));
  return await guestSender(state.services.db, networkOf(remoteAddress(info, req.headers)));
}

/** An IPv4 address, or the /64 of an IPv6 one: a subscriber has all of its addresses. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1];
  if (!address.includes(":")) return address;
  const [head, tail] = address.toLowerCase().split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array<string>(zeros).fill("0"), ...(tail ?? [])];
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
