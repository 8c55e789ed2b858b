// Whose request it is, where proxies stand between. Knows no limit.

import { BlockList, isIP } from "node:net";
import { ValidationError } from "../errors.ts";
import type { Handler } from "./listener.ts";

/** Networks of proxies that say truly for whom they speak. */
export type Proxies = BlockList;

const EXAMPLE = "addresses and networks with commas between, as in 10.0.0.0/8,fd00::/8";

/** @throws {ValidationError} naming the part that is no network. */
export function parseProxies(text: string): Proxies {
  const proxies = new BlockList();
  for (const part of text.split(",").map((part) => part.trim()).filter(Boolean)) {
    const [address, prefix, ...rest] = part.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const length = prefix === undefined ? most : Number(prefix);
    const valid = isIP(address) !== 0 && rest.length === 0 && Number.isInteger(length) &&
      length >= 0 && length <= most && prefix !== "";
    if (!valid) throw new ValidationError(`Expected ${EXAMPLE}, got ${part.slice(0, 80)}`);
    proxies.addSubnet(address, length, family);
  }
  return proxies;
}

/**
 * Gives `handler` the address of the client instead of that of a trusted proxy: the last one of
 * X-Forwarded-For that is not another trusted proxy. What a client writes there itself stands before
 * that, and is not looked at. Proxies on this very machine are trusted always: see `remoteAddress`.
 */
export function behindProxies(handler: Handler, proxies: Proxies): Handler {
  return (request, info) => {
    const said = request.headers.get("x-forwarded-for");
    const { remoteAddr } = info;
    if (said === null || !trusted(proxies, remoteAddr.hostname)) return handler(request, info);
    const path = said.split(",").map((part) => part.trim()).filter(Boolean);
    const client = path.findLast((address) => !trusted(proxies, address));
    if (client === undefined) return handler(request, info);
    const hostname = client.slice(0, 64);
    return handler(request, {
      remoteAddr: { ...remoteAddr, hostname },
      completed: info.completed,
    });
  };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function trusted(proxies: Proxies, address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  return LOOPBACK.check(address, family) || proxies.check(address, family);
}

/**
 * What an address is counted as: one of IPv6 is one of 2^64 that its owner has, so its network is
 * counted; one of IPv4 within IPv6 is that of IPv4.
 */
export function countedAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1];
  const [head, tail = ""] = address.split("%")[0].split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array(Math.max(0, 8 - before.length - after.length)).fill("0");
  const groups = address.includes("::") ? [...before, ...zeros, ...after] : before;
  return groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":") + "::/64";
}
