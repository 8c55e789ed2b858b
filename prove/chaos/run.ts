// Submits models to servers that are killed at random while workers that are killed at random score
// them, and looks at what is left.

import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { configFromEnv } from "../../lib/config.ts";
import { mulberry32 } from "../../lib/corpora/mulberry32.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { type Db, openDatabase } from "../../lib/storage/database.ts";
import { openBlobStore } from "../../lib/storage/open_blobs.ts";
import type { S3Settings } from "../../lib/storage/s3_client.ts";
import { candidatesForSweep } from "../../lib/verification/store.ts";
import { startBalancer } from "./balancer.ts";
import { problemsOf } from "./checks.ts";
import type { Member } from "./fleet.ts";
import { serverMembers, workerMembers } from "./members.ts";
import { trainModels } from "./models.ts";

export interface ChaosOptions {
  submissions: number;
  kills: number;
  servers: number;
  /** Programs of other machines; the first server has one of its own as well. */
  workers: number;
  /** Of the models and of who is killed. */
  seed: number;
  databaseUrl: string;
  bucket: { settings: S3Settings; env: Record<string, string> };
  /** Data directories and logs. */
  directory: string;
  say: (line: string) => void;
}

export interface ChaosReport {
  /** How often each member was started. */
  starts: Record<string, number>;
  kills: number;
  /** Attempts of jobs beyond the first. */
  retries: number;
  replays: number;
  seconds: number;
  problems: string[];
}

/** Without any job done for this long, what is left is called stuck. */
const STUCK_MS = 300_000;
const LOOK_MS = 250;
/** As the servers have it, who are told nothing else. */
const SWEEP_TOP = configFromEnv({}).sweepTopN;
/** Senders at the same time. */
const SENDERS = 3;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { submissions, seed, databaseUrl, directory, say } = options;
  const files = await trainModels(submissions, seed);
  const digests = await Promise.all(files.map((file) => sha256Hex(file)));
  say(`${files.length} models trained`);
  const startMs = performance.now();
  const ports = Array.from({ length: options.servers }, freePort);
  const balancer = startBalancer(ports);
  const url = `http://127.0.0.1:${balancer.port}`;
  const bucketEnv = options.bucket.env;
  const members = serverMembers({ databaseUrl, bucketEnv, ports, directory });
  const { db, close } = await openDatabase({ dataDir: "", databaseUrl });
  try {
    for (const member of members) member.start();
    await answers(url);
    members.push(...await workerMembers(options.workers, { db, url, directory }));
    for (const worker of members.slice(ports.length)) worker.start();
    const sent = sendAll(files, url);
    const kills = await killOnTheWay(options, db, members, sent);
    await sent.done;
    await settled(db, submissions);
    for (const member of members) await member.stop();
    const blobs = await openBlobStore({
      ...{ dataDir: `${directory}/checks`, s3: options.bucket.settings, cacheBytes: 1 },
    });
    return {
      starts: Object.fromEntries(members.map(({ plan, starts }) => [plan.name, starts])),
      kills,
      ...await countJobs(db),
      seconds: Math.round((performance.now() - startMs) / 1000),
      problems: await problemsOf(db, blobs, digests),
    };
  } finally {
    for (const member of members) await member.stop();
    await balancer.close();
    await close();
  }
}

/** Most likely free still when it is used. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function answers(url: string): Promise<void> {
  while (!await fetch(url).then(({ ok, body }) => body?.cancel().then(() => ok), () => false)) {
    await pause(LOOK_MS);
  }
}

interface Sending {
  accepted: number;
  done: Promise<void>;
}

/** Each file is sent until a server says that it has it: the same bytes are the same entry. */
function sendAll(files: Uint8Array[], url: string): Sending {
  const sending: Sending = { accepted: 0, done: Promise.resolve() };
  const waiting = files.entries();
  const send = async () => {
    for (const [index, file] of waiting) {
      while (!await isTaken(url, index, file)) await pause(LOOK_MS);
      sending.accepted++;
    }
  };
  sending.done = Promise.all(Array.from({ length: SENDERS }, send)).then(() => {});
  return sending;
}

async function isTaken(url: string, index: number, file: Uint8Array): Promise<boolean> {
  try {
    const query = `name=Model+${index}&author=Chaos&fileName=model-${index}.tinygpt`;
    const response = await fetch(`${url}/api/v1/submissions?${query}`, {
      method: "POST",
      // Limits are by address, and every sender has its own.
      headers: { "x-forwarded-for": `192.0.2.${index % 250}`, connection: "close" },
      body: file as Uint8Array<ArrayBuffer>,
    });
    await response.body?.cancel();
    return response.status === 201;
  } catch {
    return false;
  }
}

/** Kills are spread over the work, not over time: the k-th comes when its share of it is done. */
async function killOnTheWay(
  { kills, submissions, seed, say }: ChaosOptions,
  db: Db,
  members: readonly Member[],
  sent: Sending,
): Promise<number> {
  const random = mulberry32(seed);
  const progress = new Progress(2 * submissions);
  let done = 0;
  while (done < kills) {
    const work = sent.accepted + await scoredEntries(db);
    progress.at(work);
    if (work >= 2 * submissions) break;
    if (work >= (2 * submissions * done) / (kills + 1)) {
      const victim = members[Math.floor(random() * members.length)];
      await victim.killAndStart();
      say(`kill ${++done} of ${kills}: ${victim.plan.name}; ${work} of ${2 * submissions} done`);
    }
    await pause(LOOK_MS);
  }
  return done;
}

/** Until every entry has its scores, no job is open, and no replay is still to be asked for. */
async function settled(db: Db, submissions: number): Promise<void> {
  const progress = new Progress(submissions);
  for (;;) {
    const left = await workLeft(db);
    if (left === 0) return;
    progress.at(-left);
    await pause(LOOK_MS);
  }
}

/** In the order of the way: what moves on while this looks is counted further down. */
async function workLeft(db: Db): Promise<number> {
  const entries = await db.selectFrom("entry").select("id")
    .where("status", "in", ["received", "checking", "scoring"]).execute();
  const due = await candidatesForSweep(db, RANKED_BENCHMARKS, SWEEP_TOP);
  const open = await db.selectFrom("job").select("id")
    .where("state", "in", ["queued", "running", "retrying"]).execute();
  return entries.length + due.length + open.length;
}

class Progress {
  #last = NaN;
  #sinceMs = performance.now();
  readonly #whole: number;
  constructor(whole: number) {
    this.#whole = whole;
  }

  at(work: number): void {
    if (work !== this.#last) [this.#last, this.#sinceMs] = [work, performance.now()];
    if (performance.now() - this.#sinceMs < STUCK_MS) return;
    throw new Error(`Nothing was done for ${STUCK_MS / 1000} s: ${work} of ${this.#whole}`);
  }
}

async function scoredEntries(db: Db): Promise<number> {
  try {
    const rows = await db.selectFrom("entry").select("id").where("status", "=", "scored").execute();
    return rows.length;
  } catch (error) {
    // Before the first server has made the tables.
    if ((error as { code?: string }).code === "42P01") return 0;
    throw error;
  }
}

async function countJobs(db: Db): Promise<{ retries: number; replays: number }> {
  const jobs = await db.selectFrom("job").select(["kind", "attempts"]).execute();
  return {
    retries: jobs.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    replays: jobs.filter(({ kind }) => kind === "verify").length,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
