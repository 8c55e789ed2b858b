// Lets requests through by the address they come from.

import { BlockList, isIPv4 } from "node:net";
import type { Context } from "./context.ts";
import type { Middleware } from "./types.ts";

export interface IpFilterRules {
  /** Addresses and networks (`10.0.0.0/8`) that are refused, whatever the other list says. */
  denyList?: string[];
  /** The only ones let through; all when empty or not given. */
  allowList?: string[];
}

export interface IpFilterOptions {
  /** Answers who is refused; 403 when not given. */
  onBlocked?: <State>(
    remote: { addr: string; type: "IPv4" | "IPv6" },
    ctx: Context<State>,
  ) => Response | Promise<Response>;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address, bits] = entry.split("/");
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

/** Refuses addresses by a list of those denied and a list of those allowed. */
export function ipFilter<State>(
  rules: IpFilterRules,
  options: IpFilterOptions = {},
): Middleware<State> {
  const denied = listOf(rules.denyList ?? []);
  const allowed = rules.allowList?.length ? listOf(rules.allowList) : null;
  const onBlocked = options.onBlocked ?? (() => new Response("Forbidden", { status: 403 }));
  return (ctx) => {
    const remote = ctx.info.remoteAddr;
    if (remote.transport !== "tcp" && remote.transport !== "udp") return ctx.next();
    const addr = remote.hostname;
    const family = familyOf(addr);
    const passes = !denied.check(addr, family) && (allowed?.check(addr, family) ?? true);
    if (passes) return ctx.next();
    return onBlocked({ addr, type: family === "ipv4" ? "IPv4" : "IPv6" }, ctx);
  };
}
