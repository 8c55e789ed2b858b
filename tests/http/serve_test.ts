// What arrives over a real socket on this machine's own address, byte for byte.

import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { configFromEnv } from "../../lib/config.ts";
import type { Handler, Listener } from "../../lib/http/listener.ts";
import { serve } from "../../lib/http/serve.ts";

/** Both listeners: the second address is this machine's too, and does not look so. */
for (const host of ["127.0.0.1", "::ffff:127.0.0.1"]) {
  describe(`a listener on ${host}`, () => {
    let listener: Listener;
    afterEach(() => listener.shutdown());

    async function listen(handler: Handler, env: Record<string, string> = {}): Promise<void> {
      listener = await serve(handler, configFromEnv({ HOST: host, PORT: "0", ...env }));
    }

    /** Everything that comes back until the server closes. */
    async function exchange(text: string): Promise<string> {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
      const bytes = new TextEncoder().encode(text);
      let answer = "";
      try {
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        for await (const chunk of connection.readable) answer += new TextDecoder().decode(chunk);
      } catch {
        // A reset: the server was done with it.
      }
      return answer;
    }

    const pathname: Handler = ({ url }) => new Response(`<${new URL(url).pathname}>`);
    const get = (target: string, lines = "") =>
      exchange(`GET ${target} HTTP/1.1\r\nHost: board.test\r\nConnection: close\r\n${lines}\r\n`);

    it("gives an address without steps up, however it is written", async () => {
      await listen(pathname);
      for (const target of ["/files/../../etc/passwd", "/x/%2e%2e/%2E%2e/etc/passwd"]) {
        assert.match(await get(target), /<\/etc\/passwd>/);
      }
      assert.doesNotMatch(await get("/a\\..\\..\\etc"), /\.\./);
    });

    it("refuses heads that are too large", async () => {
      await listen(pathname);
      for (
        const lines of [
          `x: ${"a".repeat(1_000_000)}\r\n`,
          Array.from({ length: 3000 }, (_, i) => `x-${i}: aaaaaaaaaaaaaaaaaaaaaaaa\r\n`).join(""),
        ]
      ) {
        assert.doesNotMatch(await get("/", lines), /200 OK/);
      }
      assert.doesNotMatch(await get(`/${"a".repeat(1_000_000)}`), /200 OK/);
    });

    it("refuses a request whose length can be read in two ways", async () => {
      let asked = 0;
      await listen(() => {
        asked++;
        return new Response("hello");
      });
      for (
        const lines of [
          "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
          "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ]
      ) {
        const answer = await exchange(`POST / HTTP/1.1\r\nHost: board.test\r\n${lines}`);
        assert.doesNotMatch(answer, /200 OK/);
      }
      assert.equal(asked, 0);
    });

    it("believes the proxies that are named, and no other", async () => {
      const address: Handler = (_, { remoteAddr }) => new Response(`<${remoteAddr.hostname}>`);
      await listen(address, { TINYPROOF_PROXIES: "10.0.0.0/8" });
      const forwarded = "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.9.9.9\r\n";
      assert.match(await get("/", forwarded), /<203\.0\.113\.7>/);
    });
  });
}
