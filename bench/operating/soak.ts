// A million requests, most of kept answers, some of pages made anew: memory has to stay where it is.

import { startServer } from "../../tests/support/server.ts";
import { table } from "../report.ts";
import { benchBackends } from "./backends.ts";
import { fillBoard } from "./board.ts";
import { load } from "./client.ts";
import { openFiles, residentMib } from "./process.ts";

const ENTRIES = 100;
const STEPS = 10;
/** Of a hundred requests: kept pages, the API, files, and a few that are made anew. */
const MIX: ((n: number) => string)[] = [
  ...Array(50).fill(() => "/leaderboard/sort-6"),
  ...Array(20).fill((n: number) => `/api/v1/models/bench-${n % ENTRIES}`),
  ...Array(15).fill(() => "/api/v1/leaderboard/tinystories-ppl"),
  ...Array(14).fill(() => "/styles.css"),
  madeAnew,
];

function madeAnew(n: number): string {
  const nth = Math.floor(n / 100);
  switch (nth % 3) {
    case 0:
      return `/models/bench-${nth % ENTRIES}`;
    case 1:
      return `/leaderboard/sort-6?minParameters=${nth + 1}`;
    default:
      return `/api/v1/leaderboard/sort-6?maxParameters=${nth + 100_000}`;
  }
}

export async function measureSoak({ quick }: { quick: boolean }): Promise<void> {
  const total = quick ? 20_000 : 1_000_000;
  for await (const backend of benchBackends()) {
    // One database is enough for a million requests: the other one is another process.
    if (backend.name !== "PGlite") {
      await backend.close();
      continue;
    }
    await fillBoard(backend.env, ENTRIES);
    const server = await startServer(backend.env.TINYPROOF_DATA, {
      ...backend.env,
      TINYPROOF_ACCESS_LOG: "off",
    });
    try {
      const rows = [[
        "0",
        (await residentMib(server.pid)).toFixed(0),
        String(await openFiles(server.pid)),
        "",
      ]];
      for (let step = 0; step < STEPS; step++) {
        const requests = total / STEPS, from = step * requests;
        const { wallMs } = await load({
          ...{ url: server.url, connections: 16, requests, durationMs: Infinity },
          path: (n) => MIX[(from + n) % MIX.length](from + n),
        });
        rows.push([
          (from + requests).toLocaleString("en"),
          (await residentMib(server.pid)).toFixed(0),
          String(await openFiles(server.pid)),
          (1000 * requests / wallMs).toFixed(0),
        ]);
        console.log(rows.at(-1)!.join(" | "));
      }
      console.log(`\nPGlite, ${ENTRIES} entries, 16 connections, 1 of 100 requests made anew\n`);
      console.log(table(["requests", "MiB", "open files", "requests/s"], rows));
    } finally {
      await server.stop();
      await backend.close();
    }
  }
}
