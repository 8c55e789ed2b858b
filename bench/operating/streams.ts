// A thousand event streams on one submission: memory, files, and how long an event takes to all.

import { startServer } from "../../tests/support/server.ts";
import { quantile, table } from "../report.ts";
import { benchBackends } from "./backends.ts";
import { variants } from "./models.ts";
import { openFiles, processorMs, residentMib } from "./process.ts";

/** A submission that waits has no events; these are of its running. */
const EVENTS = 3;
/** Models before the watched one: the time in which streams are opened. */
const QUEUED = 20;

interface Arrivals {
  /** When each stream had it, by the text of the event. */
  byEvent: Map<string, number[]>;
  closed: number;
}

export async function measureStreams({ quick }: { quick: boolean }): Promise<void> {
  const streams = quick ? 50 : 1000;
  const rows: string[][] = [];
  for await (const backend of benchBackends()) {
    const server = await startServer(backend.env.TINYPROOF_DATA, backend.env);
    try {
      const ids: string[] = [];
      for (const body of await variants("sort-6", QUEUED)) {
        ids.push(await submit(server.url, body, ids.length));
      }
      const id = ids.at(-1)!;
      const before = { mib: await residentMib(server.pid), files: await openFiles(server.pid) };
      const arrivals: Arrivals = { byEvent: new Map(), closed: 0 };
      const opened = performance.now();
      const connections: Deno.Conn[] = [];
      while (connections.length < streams) {
        // No more at once than a listener lets wait: the kernel drops the rest without a word.
        const batch = Array.from({ length: Math.min(50, streams - connections.length) });
        const open = batch.map((_, i) => watch(server.url, id, connections.length + i, arrivals));
        connections.push(...await Promise.all(open));
      }
      const openMs = performance.now() - opened;
      const after = { mib: await residentMib(server.pid), files: await openFiles(server.pid) };
      const usedMs = await processorMs(server.pid);
      const spreads = await untilSeen(arrivals, streams);
      const perEventMs = (await processorMs(server.pid) - usedMs) / spreads.length;
      for (const connection of connections) connection.close();
      rows.push([
        backend.name,
        String(streams),
        openMs.toFixed(0),
        `${before.mib.toFixed(0)} → ${after.mib.toFixed(0)}`,
        `${before.files} → ${after.files}`,
        `${quantile(spreads, 0.5).toFixed(0)} (${Math.max(...spreads).toFixed(0)})`,
        perEventMs.toFixed(0),
      ]);
    } finally {
      await server.stop();
      await backend.close();
    }
  }
  console.log("\nOne submission that waits and is then scored\n");
  console.log(table(
    [
      ...["database", "streams", "ms to open all", "MiB", "open files"],
      ...["ms from the first client to the last: median (greatest)", "processor ms an event"],
    ],
    rows,
  ));
}

async function submit(url: string, body: Uint8Array<ArrayBuffer>, i: number): Promise<string> {
  const response = await fetch(`${url}/api/v1/submissions?name=Watched&author=bench`, {
    method: "POST",
    headers: { "x-forwarded-for": `192.0.2.${i}` },
    body,
  });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()).id;
}

/** A bare connection: a thousand of fetch's would measure fetch. */
async function watch(url: string, id: string, i: number, arrivals: Arrivals): Promise<Deno.Conn> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `GET /api/v1/submissions/${id}/events HTTP/1.1\r\nHost: board.test\r\n` +
      `X-Forwarded-For: 10.0.${i >> 6}.${i & 63}\r\n\r\n`,
  ));
  const first = Promise.withResolvers<void>();
  void (async () => {
    const buffer = new Uint8Array(65_536), decoder = new TextDecoder();
    try {
      for (;;) {
        const length = await connection.read(buffer);
        if (length === null) break;
        const atMs = performance.now();
        const text = decoder.decode(buffer.subarray(0, length));
        const status = /^HTTP\/1\.1 (?!200 ).*/.exec(text);
        if (status !== null) first.reject(new Error(`Stream ${i}: ${text}`));
        for (const [event] of text.matchAll(/^data: .*$/gm)) {
          const seen = arrivals.byEvent.get(event) ?? [];
          arrivals.byEvent.set(event, seen);
          seen.push(atMs);
          first.resolve();
        }
      }
    } catch {
      // Closed by this program at the end.
    }
    arrivals.closed++;
    first.reject(new Error(`Stream ${i} was closed before its first event`));
  })();
  await first.promise;
  return connection;
}

/** Milliseconds between the first and the last stream, of events that all have had. */
async function untilSeen({ byEvent }: Arrivals, streams: number): Promise<number[]> {
  const known = new Set(byEvent.keys());
  const complete = () =>
    [...byEvent].filter(([event, seen]) => !known.has(event) && seen.length === streams);
  for (let tries = 0; complete().length < EVENTS && tries < 600; tries++) {
    await new Promise((done) => setTimeout(done, 100));
  }
  return complete().map(([, seen]) => seen.at(-1)! - seen[0]);
}
