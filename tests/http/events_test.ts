import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { EventStreams } from "../../lib/http/event_streams.ts";
import { eventStream, type Subscribe } from "../../lib/http/events.ts";
import { BusyError, RateLimitError } from "../../lib/http/status.ts";

describe("server-sent events", () => {
  let streams: EventStreams;
  beforeEach(() => {
    streams = new EventStreams(10);
  });

  const open = <T>(subscribe: Subscribe<T>, isLast: (value: T) => boolean, keepaliveMs?: number) =>
    eventStream(subscribe, isLast, { streams, address: "one", keepaliveMs });

  it("sends each value as one event and ends with the last", async () => {
    let ended = 0;
    let later = (_value: number) => {};
    const response = open<number>((send) => {
      later = send;
      send(1);
      return () => void ended++;
    }, (value) => value === 2);
    const reader = response.body!.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    assert.equal(await read(), "data: 1\n\n");
    assert.equal(streams.size, 1);
    later(2);
    later(3);
    assert.equal(await read(), "data: 2\n\n");
    assert.equal((await reader.read()).done, true);
    assert.deepEqual([ended, streams.size], [1, 0]);
  });

  it("keeps only the newest value for a client that does not read, and always the last", async () => {
    const response = open<number>((send) => {
      for (let value = 0; value <= 1000; value++) send(value);
      send(1001);
      return () => {};
    }, (value) => value === 1000);
    assert.equal(await response.text(), "data: 0\n\ndata: 1000\n\n");
  });

  it("unsubscribes when the client leaves, and stays quiet after", async () => {
    let ended = 0;
    let later = (_value: string) => {};
    const response = open<string>((send) => {
      later = send;
      return () => void ended++;
    }, () => false);
    const reader = response.body!.getReader();
    later("line\nbreak");
    const { value } = await reader.read();
    assert.equal(new TextDecoder().decode(value), 'data: "line\\nbreak"\n\n');
    await reader.cancel();
    later("nobody listens");
    assert.deepEqual([ended, streams.size], [1, 0]);
  });

  it("tells every client to come back when the server stops", async () => {
    let ended = 0;
    const responses = Array.from(
      { length: 3 },
      () => open<number>(() => () => void ended++, () => false),
    );
    streams.endAll();
    for (const response of responses) {
      const [, ms] = /^retry: (\d+)\n\n$/.exec(await response.text())!;
      assert.ok(Number(ms) >= 1000 && Number(ms) < 5000);
    }
    assert.deepEqual([ended, streams.size], [3, 0]);
  });

  it("tells the others when some have left unnoticed", async () => {
    const many = new EventStreams(1000);
    let asked = 0;
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () =>
        eventStream<number>(
          (send) => {
            send(1);
            return () => {};
          },
          () => false,
          { streams: many, address: `client ${asked++}` },
        ),
    );
    const { hostname, port } = server.addr;
    const clients = await Promise.all(Array.from({ length: 300 }, async () => {
      const client = await Deno.connect({ hostname, port });
      await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: board\r\n\r\n"));
      await client.read(new Uint8Array(1000));
      return client;
    }));
    const staying = clients.pop()!;
    for (const client of clients) client.close();
    const ended = server.shutdown();
    // A turn of the event loop: some are seen to have left, the others not.
    await new Promise((done) => setTimeout(done));
    many.endAll();
    assert.equal(many.size, 0);
    const rest = await new Response(staying.readable).text();
    assert.match(rest, /retry: \d+/);
    await ended;
  });

  it("cuts off a client that has stopped reading", async () => {
    const gone = Promise.withResolvers<void>();
    const response = open<number>(
      (send) => {
        send(1);
        return gone.resolve;
      },
      () => false,
      1,
    );
    await gone.promise;
    assert.equal(streams.size, 0);
    await assert.rejects(response.text(), /does not read/);
  });

  it("are limited in all, and for one address", async () => {
    const quiet: Subscribe<number> = () => () => {};
    const of = (streams: EventStreams, address: string) =>
      eventStream(quiet, () => false, { streams, address });
    const many = new EventStreams(1000);
    const own = Array.from({ length: 100 }, () => of(many, "one"));
    assert.throws(() => of(many, "one"), RateLimitError);
    own.push(of(many, "two"));
    await own[0].body!.cancel();
    of(many, "one");
    const few = new EventStreams(1);
    of(few, "one");
    assert.throws(() => of(few, "two"), BusyError);
  });
});
