// How many requests a second, and how long they take, on both databases.

import { startServer, type TestServer } from "../../tests/support/server.ts";
import { quantile, spread, spreadText, table } from "../report.ts";
import { benchBackends } from "./backends.ts";
import { fillBoard } from "./board.ts";
import { load } from "./client.ts";
import { processorMs } from "./process.ts";

const ENTRIES = 100;
const CONNECTIONS = 16;

/** Pages as they are kept, and made anew: a query nobody sent before. */
const PAGES: [string, (count: number) => string][] = [
  ["board, kept", () => "/leaderboard/sort-6"],
  ["board, made anew", (n) => `/leaderboard/sort-6?minParameters=${n + 1}`],
  ["model page", (n) => `/models/bench-${n % ENTRIES}`],
  ["API board, kept", () => "/api/v1/leaderboard/sort-6"],
  ["API board, made anew", (n) => `/api/v1/leaderboard/sort-6?minParameters=${n + 1}`],
  ["API model, kept", (n) => `/api/v1/models/bench-${n % ENTRIES}`],
  ["/healthz", () => "/healthz"],
];

interface PageFigures {
  perSecond: number[];
  latenciesMs: number[];
  processorMs: number;
}

export async function measureRequests({ quick }: { quick: boolean }): Promise<void> {
  const rounds = quick ? 1 : 4, durationMs = quick ? 500 : 4000;
  for await (const backend of benchBackends()) {
    await fillBoard(backend.env, ENTRIES);
    const server = await startServer(backend.env.TINYPROOF_DATA, backend.env);
    try {
      const figures = new Map(PAGES.map(([name]): [string, PageFigures] => [
        name,
        { perSecond: [], latenciesMs: [], processorMs: 0 },
      ]));
      // The first round warms up and is left out.
      let sent = 0;
      for (let round = 0; round <= rounds; round++) {
        for (const [name, path] of PAGES) {
          const from = sent;
          const done = await oneRound(server, (n) => path(from + n), durationMs);
          sent += done.latenciesMs.length;
          if (round === 0) continue;
          const page = figures.get(name)!;
          page.perSecond.push(1000 * done.latenciesMs.length / done.wallMs);
          page.latenciesMs.push(...done.latenciesMs);
          page.processorMs += done.processorMs;
        }
      }
      console.log(`\n${backend.name}: ${ENTRIES} entries, ${CONNECTIONS} connections\n`);
      console.log(figuresTable(figures));
    } finally {
      await server.stop();
      await backend.close();
    }
  }
}

async function oneRound(server: TestServer, path: (n: number) => string, durationMs: number) {
  const before = await processorMs(server.pid);
  const done = await load({
    ...{ url: server.url, path, connections: CONNECTIONS, durationMs },
    requests: Infinity,
  });
  return { ...done, processorMs: await processorMs(server.pid) - before };
}

function figuresTable(figures: ReadonlyMap<string, PageFigures>): string {
  return table(
    ["page", "requests/s", "p50 ms", "p99 ms", "processor ms a request"],
    [...figures].map(([name, { perSecond, latenciesMs, processorMs }]) => [
      name,
      spreadText(spread(perSecond)),
      quantile(latenciesMs, 0.5).toFixed(1),
      quantile(latenciesMs, 0.99).toFixed(1),
      (processorMs / latenciesMs.length).toFixed(3),
    ]),
  );
}
