// Clients that are slow on purpose, over real sockets. Limits are short here: nobody waits for more
// than the server does.

import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Handler, Listener } from "../../lib/http/listener.ts";
import {
  CLIENT_LIMITS,
  type ClientLimits,
  serveStrangers,
} from "../../lib/http/serve_strangers.ts";

const encoder = new TextEncoder();
const SHORT: ClientLimits = { ...CLIENT_LIMITS, headersMs: 200, silenceMs: 400, keepAliveMs: 300 };

describe("a listener for the open network", () => {
  let listener: Listener | undefined;
  const connections: Deno.Conn[] = [];

  afterEach(async () => {
    for (const connection of connections.splice(0)) {
      try {
        connection.close();
      } catch { /* The server was first. */ }
    }
    await listener?.shutdown();
    listener = undefined;
  });

  async function listen(handler: Handler, limits: Partial<ClientLimits> = {}): Promise<void> {
    listener = await serveStrangers(handler, "127.0.0.1", 0, { ...SHORT, ...limits });
  }

  async function connect(text = ""): Promise<Deno.Conn> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener!.port });
    connections.push(connection);
    await connection.write(encoder.encode(text));
    return connection;
  }

  /** What comes until the server closes; "" also where it resets. */
  async function untilClosed(connection: Deno.Conn): Promise<string> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(65_536);
    let text = "";
    try {
      for (;;) {
        const length = await connection.read(buffer);
        if (length === null) return text;
        text += decoder.decode(buffer.subarray(0, length));
      }
    } catch {
      return text;
    }
  }

  async function untilAnswer(connection: Deno.Conn): Promise<string> {
    const buffer = new Uint8Array(65_536);
    const length = await connection.read(buffer);
    return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
  }

  const hello: Handler = () => new Response("hello");
  const url = () => `http://127.0.0.1:${listener!.port}/`;

  it("answers, and knows who asks", async () => {
    await listen((_request, { remoteAddr }) => new Response(remoteAddr.hostname));
    assert.equal(await (await fetch(url())).text(), "127.0.0.1");
  });

  it("passes bodies through as streams, and headers as they are", async () => {
    await listen(async (request) => {
      let length = 0;
      for await (const chunk of request.body!) length += chunk.length;
      const headers = { "x-length": String(length), "x-sent": request.headers.get("x-sent")! };
      return new Response(null, { status: 201, headers });
    });
    const body = new Uint8Array(5_000_000);
    const headers = { "x-sent": "a, b" };
    const { status, headers: got } = await fetch(url(), { method: "POST", body, headers });
    assert.deepEqual([status, got.get("x-length"), got.get("x-sent")], [201, "5000000", "a, b"]);
  });

  it("ends a stream when its client leaves", async () => {
    const left = Promise.withResolvers<void>();
    await listen(() =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(encoder.encode(":\n\n")),
          cancel: () => left.resolve(),
        }),
      )
    );
    const connection = await connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await untilAnswer(connection);
    connection.close();
    await left.promise;
  });

  it("compresses pages, and leaves files and finished answers alone", async () => {
    const page = "A page of words. ".repeat(100);
    await listen((request) => {
      const type = new URL(request.url).searchParams.get("type")!;
      return new Response(page, { headers: { "content-type": type, etag: '"x"' } });
    });
    const headOf = async (type: string) => {
      const response = await fetch(`${url()}?type=${type}`, {
        headers: { "accept-encoding": "gzip" },
      });
      assert.equal(await response.text(), page);
      return [response.headers.get("content-encoding"), response.headers.get("etag")];
    };
    assert.deepEqual(await headOf("text/html"), ["gzip", 'W/"x"']);
    assert.deepEqual(await headOf("application/octet-stream"), [null, '"x"']);
    assert.deepEqual(await headOf("text/event-stream"), [null, '"x"']);
  });

  it("cuts off who sends no head, or half of one, or byte after byte of one", async () => {
    await listen(hello);
    assert.doesNotMatch(await untilClosed(await connect()), /hello/);
    const half = await untilClosed(await connect("GET / HTTP/1.1\r\nHost: a\r\n"));
    assert.doesNotMatch(half, /hello/);
    const trickle = await connect("GET / HTTP/1.1\r\n");
    const closed = untilClosed(trickle).then(() => true);
    let open = true;
    void closed.then(() => open = false);
    // One byte after the other, as fast as they go: the time for the head is counted in all.
    while (open) await trickle.write(encoder.encode("x")).catch(() => open = false);
    assert.ok(await closed);
  });

  it("cuts off who begins a body and stands still", async () => {
    const failed = Promise.withResolvers<string>();
    await listen(async (request) => {
      await request.arrayBuffer().catch((error) => failed.resolve(error.name));
      return new Response("never");
    });
    const connection = await connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    assert.doesNotMatch(await untilClosed(connection), /never/);
    assert.ok(await failed.promise);
  });

  it("cuts off who asks for much and reads nothing", async () => {
    const cut = Promise.withResolvers<void>();
    await listen(() =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
          cancel: () => cut.resolve(),
        }),
      )
    );
    await connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await cut.promise;
  });

  it("ends a connection that is kept and not used", async () => {
    await listen(hello);
    const connection = await connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.match(await untilClosed(connection), /hello/);
  });

  it("lets one address hold so many connections and no more", async () => {
    await listen(hello, { connectionsOfAddress: 2, headersMs: 60_000, silenceMs: 60_000 });
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const first = await connect(request);
    assert.match(await untilAnswer(first), /200 OK/);
    assert.match(await untilAnswer(await connect(request)), /200 OK/);
    assert.equal(await untilClosed(await connect()), "");
  });

  it("refuses heads that are too large", async () => {
    await listen(hello);
    const lines = (count: number, value: string) =>
      Array.from({ length: count }, (_, i) => `x-${i}: ${value}\r\n`).join("");
    for (const lines_ of [lines(1, "a".repeat(20_000)), lines(16, "a".repeat(1200))]) {
      const answer = await untilClosed(await connect(`GET / HTTP/1.1\r\nHost: a\r\n${lines_}\r\n`));
      assert.doesNotMatch(answer, /200 OK/);
    }
    const address = "a".repeat(20_000);
    const answer = await untilClosed(await connect(`GET /${address} HTTP/1.1\r\nHost: a\r\n\r\n`));
    assert.doesNotMatch(answer, /200 OK/);
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
      const connection = await connect(`POST / HTTP/1.1\r\nHost: a\r\n${lines}`);
      assert.doesNotMatch(await untilClosed(connection), /200 OK/);
    }
    assert.equal(asked, 0);
  });

  it("waits for open requests when it is shut down", async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    await listen(async () => {
      begun.resolve();
      await finish.promise;
      return new Response("late");
    }, { silenceMs: 60_000 });
    const idle = await connect("GET / HTTP/1.1\r\n");
    const answer = fetch(url()).then((response) => response.text());
    await begun.promise;
    const down = listener!.shutdown();
    assert.equal(await untilClosed(idle), "");
    finish.resolve();
    assert.equal(await answer, "late");
    await down;
    listener = undefined;
  });
});
