import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { behindProxies, countedAddress, parseProxies } from "../../lib/http/client_address.ts";
import { remoteAddress } from "../../lib/http/rate_limit.ts";

/** Whose request a limit sees, from `peer`, with what it says. */
async function seen(networks: string, peer: string, forwarded?: string): Promise<string> {
  const handler = behindProxies(
    ({ headers }, info) => new Response(remoteAddress(info, headers)),
    parseProxies(networks),
  );
  const headers = forwarded === undefined ? undefined : { "x-forwarded-for": forwarded };
  const response = await handler(new Request("http://b.test/", { headers }), {
    remoteAddr: { transport: "tcp", hostname: peer, port: 1 },
    completed: Promise.resolve(),
  });
  return await response.text();
}

describe("the address of a client", () => {
  it("is that of the connection when no trusted proxy says otherwise", async () => {
    assert.equal(await seen("10.0.0.0/8", "203.0.113.1", "198.51.100.7"), "203.0.113.1");
    assert.equal(await seen("10.0.0.0/8", "10.1.2.3"), "10.1.2.3");
    assert.equal(await seen("10.0.0.0/8", "10.1.2.3", ""), "10.1.2.3");
  });

  it("is what a trusted proxy says, whatever the client wrote before", async () => {
    assert.equal(await seen("10.0.0.0/8", "10.1.2.3", "198.51.100.7"), "198.51.100.7");
    assert.equal(await seen("10.0.0.0/8", "10.1.2.3", "1.1.1.1, 198.51.100.7"), "198.51.100.7");
    assert.equal(await seen("fd00::/8", "fd12::5", "127.0.0.1, 2001:db8::9"), "2001:db8::9");
    assert.equal(await seen("10.0.0.0/8", "::ffff:10.1.2.3", "198.51.100.7"), "198.51.100.7");
  });

  it("is found behind a chain of trusted proxies", async () => {
    const chain = "6.6.6.6, 198.51.100.7, 192.0.2.10, 10.0.0.9";
    assert.equal(await seen("10.0.0.0/8,192.0.2.10", "10.1.2.3", chain), "198.51.100.7");
    assert.equal(await seen("192.0.2.10,10.0.0.0/8", "127.0.0.1", chain), "198.51.100.7");
  });

  it("is no longer than an address, whatever is written", async () => {
    assert.equal((await seen("10.0.0.0/8", "10.1.2.3", "x".repeat(5000))).length, 64);
  });

  it("is counted by network where one owner has many", () => {
    assert.equal(countedAddress("203.0.113.7"), "203.0.113.7");
    assert.equal(countedAddress("::ffff:203.0.113.7"), "203.0.113.7");
    assert.equal(countedAddress("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert.equal(countedAddress("2001:db8:1:2::9"), "2001:db8:1:2::/64");
    assert.equal(countedAddress("2001:0db8::9"), "2001:db8:0:0::/64");
    assert.equal(countedAddress("fe80::1%eth0"), "fe80:0:0:0::/64");
    assert.equal(countedAddress("::1"), "0:0:0:0::/64");
    assert.equal(countedAddress("not an address"), "not an address");
  });
});

describe("a list of proxies", () => {
  it("is made of addresses and networks", () => {
    const proxies = parseProxies(" 10.0.0.0/8, 192.0.2.1 ,fd00::/8,2001:db8::1");
    assert.ok(proxies.check("10.255.0.1") && proxies.check("192.0.2.1"));
    assert.ok(proxies.check("fd01::1", "ipv6") && proxies.check("2001:db8::1", "ipv6"));
    assert.ok(!proxies.check("11.0.0.1") && !proxies.check("192.0.2.2"));
  });

  it("refuses what is none", () => {
    for (const text of ["everything", "10.0.0.0/33", "10.0.0.0/", "fd00::/129", "1.2.3.4/8/8"]) {
      assert.throws(() => parseProxies(text), /Expected addresses and networks/, text);
    }
  });
});
