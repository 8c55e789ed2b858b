// Whose request it is, for what is counted by sender. Knows no route.

import type { State } from "../../app_state.ts";
import { senderOf } from "../accounts/sender.ts";
import { guestPolicy } from "../config.ts";
import { accountSender, type Counted, guestSender } from "../submissions/senders.ts";
import { remoteAddress } from "./rate_limit.ts";

interface Asked {
  req: Request;
  info: unknown;
  state: State;
}

/** Whom a submission counts for, and whether it goes to the holding area. */
export interface Submitter {
  sender: Counted;
  held: boolean;
}

/**
 * @throws {AuthenticationError} when guests may not submit.
 * @throws {PermissionError} when an API key without the scope "submit" was sent.
 */
export async function submitterOf(asked: Asked): Promise<Submitter> {
  const { caller, services } = asked.state;
  const { held } = senderOf(caller, guestPolicy(services.config));
  return { sender: await countedOf(asked), held };
}

/** The account that is signed in, or the guest's address; whether they may submit or not. */
export async function countedOf({ req, info, state }: Asked): Promise<Counted> {
  return state.caller !== null
    ? accountSender(state.caller.account)
    : await guestSender(state.services.db, networkOf(remoteAddress(info, req.headers)));
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
