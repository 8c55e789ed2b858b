// Speed of a board page: the real server as a child process, on this machine's loopback only.
// `deno task bench:pages [--quick] [--requests N] [--connections N]`

import { parseArgs } from "node:util";
import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { configFromEnv, createServices } from "../lib/services.ts";
import { addEntry, addScore } from "../tests/support/entries.ts";
import { startServer } from "../tests/support/server.ts";
import { machine, quantile, spread, spreadText, table } from "./report.ts";

const PAGES = ["/", "/leaderboard/sort-6", "/api/v1/leaderboard/sort-6"];
/** Rows of the board. */
const ENTRIES = 100;

interface Plan {
  rounds: number;
  /** Of one page in one round; bounds how long the benchmark takes. */
  requests: number;
  connections: number;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      requests: { type: "string", default: "400" },
      connections: { type: "string", default: "8" },
    },
  });
  if (values.quick) return { rounds: 2, requests: 40, connections: 4 };
  const requests = Number(values.requests), connections = Number(values.connections);
  const valid = (count: number) => Number.isInteger(count) && count >= 1 && count <= 100_000;
  if (valid(requests) && valid(connections)) return { rounds: 5, requests, connections };
  console.error("Expected --requests and --connections to be whole numbers from 1 to 100000");
  Deno.exit(2);
}

/** A board of a hundred scored entries, written before the server opens it. */
async function fillBoard(dataDir: string): Promise<void> {
  const env = { TINYPROOF_DATA: dataDir, TINYPROOF_GALLERY: "off" };
  const services = await createServices(configFromEnv(env));
  try {
    for (let i = 0; i < ENTRIES; i++) {
      const entry = await addEntry(services.db, {
        id: `bench-${i}`,
        name: `Model ${i}`,
        parameters: 4000 + 137 * i,
        provenance: "exact",
        exact_count: 1,
      });
      for (const { id, version, lowerIsBetter } of RANKED_BENCHMARKS) {
        await addScore(services.db, entry, id, lowerIsBetter ? 2 + i / 50 : 100 - i / 2, {
          version,
        });
      }
    }
  } finally {
    await services.close();
  }
}

interface PageTimes {
  requestsPerSecond: number[];
  /** Of every request of every round. */
  latenciesMs: number[];
  byteLength: number;
}

/** `requests` of one page over `connections` at a time. */
async function measure(url: string, plan: Plan, times: PageTimes): Promise<void> {
  let left = plan.requests;
  const startMs = performance.now();
  async function connection(): Promise<void> {
    while (left-- > 0) {
      const sentMs = performance.now();
      // Each from an address of its own: one alone may not ask the API as often.
      const headers = { "x-forwarded-for": `bench-${sentMs}` };
      const response = await fetch(url, { headers });
      const body = await response.arrayBuffer();
      times.latenciesMs.push(performance.now() - sentMs);
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      times.byteLength = body.byteLength;
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, connection));
  times.requestsPerSecond.push(1000 * plan.requests / (performance.now() - startMs));
}

function pagesTable(pages: ReadonlyMap<string, PageTimes>): string {
  return table(
    ["page", "bytes", "requests/s", "p50 ms", "p99 ms"],
    [...pages].map(([page, { byteLength, requestsPerSecond, latenciesMs }]) => [
      page,
      String(byteLength),
      spreadText(spread(requestsPerSecond)),
      quantile(latenciesMs, 0.5).toFixed(1),
      quantile(latenciesMs, 0.99).toFixed(1),
    ]),
  );
}

async function main(): Promise<void> {
  const plan = readPlan();
  const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
  try {
    await fillBoard(dataDir);
    const server = await startServer(dataDir, { TINYPROOF_SWEEP: "off" });
    try {
      const pages = new Map(PAGES.map((page): [string, PageTimes] => [
        page,
        { requestsPerSecond: [], latenciesMs: [], byteLength: 0 },
      ]));
      console.log(machine());
      // The first round of all warms up and is left out.
      for (let round = 0; round <= plan.rounds; round++) {
        for (const [page, times] of pages) {
          const warmUp = { requestsPerSecond: [], latenciesMs: [], byteLength: 0 };
          await measure(`${server.url}${page}`, plan, round === 0 ? warmUp : times);
        }
      }
      console.log(
        `\n${ENTRIES} entries, ${plan.connections} connections, ${plan.requests} requests a round; ` +
          `median (least–greatest) of ${plan.rounds} rounds\n`,
      );
      console.log(pagesTable(pages));
    } finally {
      await server.stop();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

if (import.meta.main) await main();
