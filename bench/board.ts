// Boards of 100,000 entries, on the embedded database and on PostgreSQL: the real server as a child
// process, this one as its visitors, both on the same processors.
// `deno task bench:board [--quick] [--entries N] [--seconds S] [--rounds N] [--only pglite|postgres]`

import { parseArgs } from "node:util";
import type { Kysely } from "kysely";
import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { encodeCursor } from "../lib/leaderboard/cursor.ts";
import { ORDERS, rowOrderName, SORTS } from "../lib/leaderboard/orders.ts";
import { ranksOf } from "../lib/leaderboard/rank_store.ts";
import { readPage } from "../lib/leaderboard/standing_store.ts";
import { migrate } from "../lib/storage/migrate.ts";
import type { Database } from "../lib/storage/schema.ts";
import { type TestBackend, testBackends } from "../tests/support/databases.ts";
import { startServer, type TestServer } from "../tests/support/server.ts";
import { closedLoop, Connection, openLoop, wrk } from "./load.ts";
import { addManyEntries } from "./many_entries.ts";
import { machine, quantile, spread, spreadText, table } from "./report.ts";

const PER_SECOND = 200;
const CONNECTIONS = 64;
const PAGE = 100;

interface Plan {
  entries: number;
  /** Of one load in one round. */
  seconds: number;
  rounds: number;
  only?: string;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      entries: { type: "string", default: "100000" },
      seconds: { type: "string", default: "10" },
      rounds: { type: "string", default: "5" },
      only: { type: "string" },
    },
  });
  const { only } = values;
  if (values.quick) return { entries: 5000, seconds: 2, rounds: 2, only };
  const [entries, seconds, rounds] = [values.entries, values.seconds, values.rounds].map(Number);
  const valid = (count: number, least: number) => Number.isInteger(count) && count >= least;
  if (valid(entries, 1000) && valid(seconds, 1) && valid(rounds, 1)) {
    return { entries, seconds, rounds, only };
  }
  console.error("Expected whole numbers: --entries from 1000, --seconds and --rounds from 1");
  Deno.exit(2);
}

/** Addresses of pages, none twice: no answer to one is in the cache when it is asked for. */
interface Paths {
  /** Any page of any board, best first: rank, ties and baselines included. */
  pages: string[];
  /** Any board in any order, from anywhere in the first half. */
  orders: string[];
}

async function drawPaths(db: Kysely<Database>): Promise<Paths> {
  const pages: string[] = [], orders: string[] = [];
  for (const benchmark of RANKED_BENCHMARKS) {
    const path = `/leaderboard/${benchmark.id}`;
    const { index } = await ranksOf(db, benchmark);
    // Steps of a third of a page: more pages, and no two start at the same row.
    for (let place = 1; place < index.total - PAGE; place += 33) {
      const { bestFirst, parameters, createdUs, entryId } = index.at(place)!;
      const keys = [bestFirst, parameters, createdUs];
      pages.push(`${path}?after=${encodeCursor({ order: "best", keys, entryId })}`);
    }
    for (const sort of SORTS) {
      for (const order of ORDERS) {
        const name = rowOrderName(sort, order, benchmark);
        const rows = await readPage(db, benchmark, { order: name, limit: index.total >> 1 });
        for (let i = 0; i < rows.length; i += 300) {
          const query = `sort=${sort}&order=${order}&baselines=off`;
          orders.push(`${path}?${query}&after=${encodeCursor(rows[i].cursor)}`);
        }
      }
    }
  }
  return { pages: shuffled(pages), orders: shuffled(orders) };
}

/** The same each time. */
function shuffled(paths: string[]): string[] {
  let state = 1;
  for (let i = paths.length - 1; i > 0; i--) {
    state = (state * 48_271) % 2_147_483_647;
    const j = state % (i + 1);
    [paths[i], paths[j]] = [paths[j], paths[i]];
  }
  return paths;
}

/** Processor time of the server so far, all of its threads, in ms; null without /proc. */
async function processorMs(server: TestServer): Promise<number | null> {
  let sum = 0;
  try {
    for await (const { name } of Deno.readDir(`/proc/${server.pid}/task`)) {
      const stat = await Deno.readTextFile(`/proc/${server.pid}/task/${name}/schedstat`);
      sum += Number(stat.split(" ")[0]) / 1e6;
    }
    return sum;
  } catch {
    return null;
  }
}

interface Latencies {
  p50: number[];
  p99: number[];
  /** Of the server, for each request. */
  processorMs: number[];
}

/** Rounds of an open loop; the first one warms up and is left out. */
async function measureUncached(
  server: TestServer,
  paths: string[],
  { seconds, rounds }: Plan,
): Promise<Latencies> {
  const found: Latencies = { p50: [], p99: [], processorMs: [] };
  const count = Math.min(PER_SECOND * seconds, Math.floor(paths.length / (rounds + 1)));
  for (let round = 0; round <= rounds; round++) {
    const before = await processorMs(server);
    const asked = paths.slice(round * count, (round + 1) * count);
    const load = { perSecond: PER_SECOND, connections: CONNECTIONS };
    const latenciesMs = await openLoop(server.url, asked, load);
    if (round === 0) continue;
    found.p50.push(quantile(latenciesMs, 0.5));
    found.p99.push(quantile(latenciesMs, 0.99));
    if (before !== null) found.processorMs.push((await processorMs(server))! - before);
  }
  found.processorMs = found.processorMs.map((ms) => ms / count);
  return found;
}

/** Requests a second of a page that is kept, whole and as 304. */
async function measureKept(server: TestServer, path: string, { seconds, rounds }: Plan) {
  const connection = await Connection.open(server.url);
  const first = await connection.get(path);
  const etag = first.headers.get("etag")!;
  const again = await connection.get(path, { "if-none-match": etag });
  connection.close();
  if (again.status !== 304) throw new Error(`Expected 304 for the tag of ${path}`);
  const whole: number[] = [], unchanged: number[] = [];
  let tool = "wrk";
  for (let round = 0; round < rounds; round++) {
    for (const [rates, more] of [[whole, {}], [unchanged, { "if-none-match": etag }]] as const) {
      const load = { seconds, connections: 16, headers: { "accept-encoding": "gzip", ...more } };
      let rate = await wrk(server.url + path, load);
      if (rate === null) {
        tool = "the client of this benchmark: wrk is not installed";
        rate = await closedLoop(server.url, path, load);
      }
      rates.push(rate);
    }
  }
  return { whole, unchanged, tool, byteLength: first.body.length };
}

async function measure(backend: TestBackend, plan: Plan): Promise<void> {
  const startMs = performance.now();
  // Not migrated by the tests' helper: that one would be emptied and used again.
  const database = await backend.open({ migrated: false });
  await migrate(database.db);
  await addManyEntries(database.db, plan.entries);
  const filledMs = performance.now() - startMs;
  const paths = await drawPaths(database.db);
  await database.close({ keepFiles: true });
  const { dataDir, databaseUrl } = database;
  const server = await startServer(dataDir, {
    TINYPROOF_SWEEP: "off",
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  });
  try {
    console.log(
      `\n${backend.name}: ${plan.entries} entries in ${Math.round(filledMs / 1000)} s; ` +
        machine(),
    );
    const loads = [];
    for (const [name, asked] of Object.entries(paths)) {
      const { p50, p99, processorMs } = await measureUncached(server, asked, plan);
      loads.push([
        name,
        ...[p50, p99].map((each) =>
          `${Math.min(...each).toFixed(1)} · ${spreadText(spread(each), 1)}`
        ),
        processorMs.length > 0 ? spreadText(spread(processorMs), 1) : "–",
      ]);
    }
    const kept = await measureKept(server, `/leaderboard/${RANKED_BENCHMARKS[0].id}`, plan);
    console.log(
      `\n${PER_SECOND} requests a second, none answered from the cache; best · median ` +
        `(least–greatest) of ${plan.rounds} rounds of ${plan.seconds} s\n`,
    );
    console.log(table(["load", "p50 ms", "p99 ms", "processor ms a request"], loads));
    console.log(`\nThe first page from the cache (${kept.byteLength} bytes), by ${kept.tool}\n`);
    console.log(table(["answer", "requests a second"], [
      ["200", spreadText(spread(kept.whole))],
      ["304", spreadText(spread(kept.unchanged))],
    ]));
  } finally {
    await server.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

if (import.meta.main) {
  const plan = readPlan();
  for (const backend of testBackends()) {
    if (plan.only === undefined || plan.only === backend.name) await measure(backend, plan);
    await backend.close();
  }
}
