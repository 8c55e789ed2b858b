// How long until all is as before, after kill -9 of the server, of a job and of a worker elsewhere.

import { configFromEnv, createServices } from "../../lib/services.ts";
import { addAccount, bearer } from "../../tests/support/accounts.ts";
import { jobProcesses, startServer, type TestServer } from "../../tests/support/server.ts";
import { quantile, table } from "../report.ts";
import { benchBackends } from "./backends.ts";
import { fillBoard } from "./board.ts";
import { variants } from "./models.ts";

/** What takes longer has failed. */
const PATIENCE_MS = 180_000;

export async function measureRecovery({ quick }: { quick: boolean }): Promise<void> {
  const rounds = quick ? 1 : 5;
  const rows: string[][] = [];
  for await (const backend of benchBackends()) {
    try {
      await fillBoard(backend.env, 100);
      rows.push([backend.name, "server, idle", await ofServer(backend.env, rounds)]);
      rows.push([backend.name, "server, scoring", await ofBusyServer(backend.env)]);
      rows.push([backend.name, "job process", await ofJob(backend.env, rounds)]);
      rows.push([backend.name, "worker elsewhere", await ofWorker(backend.env)]);
    } finally {
      await backend.close();
    }
  }
  console.log("\nSeconds: median (greatest)\n");
  console.log(table(["database", "kill -9 of", "seconds"], rows));
}

const seconds = (times: number[]) =>
  `${(quantile(times, 0.5) / 1000).toFixed(1)} (${(Math.max(...times) / 1000).toFixed(1)})`;

/** From the kill to the first page: the start of the process, recovery of the database, the page. */
async function ofServer(env: Record<string, string>, rounds: number): Promise<string> {
  let server = await startServer(env.TINYPROOF_DATA, env);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await (await fetch(`${server.url}/leaderboard/sort-6`)).text();
    const startMs = performance.now();
    await server.kill();
    server = await startServer(env.TINYPROOF_DATA, env);
    const response = await fetch(`${server.url}/leaderboard/sort-6`);
    await response.text();
    if (!response.ok) throw new Error(`The board answered ${response.status}`);
    times.push(performance.now() - startMs);
  }
  await server.stop();
  return `${seconds(times)} to the first page`;
}

/** From the kill to the job's running again under the next server. */
async function ofBusyServer(env: Record<string, string>): Promise<string> {
  let server = await startServer(env.TINYPROOF_DATA, env);
  const id = await submit(server);
  await jobOf(server.pid, null);
  const startMs = performance.now();
  await server.kill();
  server = await startServer(env.TINYPROOF_DATA, env);
  await jobOf(server.pid, null);
  const againMs = performance.now() - startMs;
  await ended(server, id);
  await server.stop();
  return `${seconds([againMs])} to the job's running again`;
}

/** From the kill to another process for the same job. */
async function ofJob(env: Record<string, string>, rounds: number): Promise<string> {
  const server = await startServer(env.TINYPROOF_DATA, env);
  const id = await submit(server);
  const times: number[] = [];
  // More attempts than a job has would end it.
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    const pid = await jobOf(server.pid, null);
    const startMs = performance.now();
    Deno.kill(pid, "SIGKILL");
    await jobOf(server.pid, pid);
    times.push(performance.now() - startMs);
  }
  await ended(server, id);
  await server.stop();
  return `${seconds(times)} to its next attempt`;
}

/** From the kill of one worker, with its job, to the job's running in another that waits for work. */
async function ofWorker(settings: Record<string, string>): Promise<string> {
  const env: Record<string, string> = { ...settings, TINYPROOF_JOBS: "0" };
  const key = await workerKey(env);
  const server = await startServer(env.TINYPROOF_DATA, env);
  const directory = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
  const worker = (name: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "cli.ts", "worker", "--server", server.url]
        .concat(["--data", `${directory}/${name}`, "--kinds", "score"]),
      cwd: new URL("../../", import.meta.url),
      env: { TINYPROOF_KEY: key },
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
  const killed = worker("a");
  const left = [killed];
  try {
    const id = await submit(server);
    const attempts = await runningAttempt(server, id, 0);
    left.push(worker("b"));
    const startMs = performance.now();
    killed.kill("SIGKILL");
    await runningAttempt(server, id, attempts);
    return `${seconds([performance.now() - startMs])} to its next attempt elsewhere`;
  } finally {
    for (const one of left) {
      if (one !== killed) one.kill("SIGKILL");
      await one.status;
    }
    await server.stop();
    await Deno.remove(directory, { recursive: true });
  }
}

let submitted = 0;

async function workerKey(env: Record<string, string>): Promise<string> {
  const services = await createServices(configFromEnv(env));
  try {
    const { authorization } = await bearer(
      services,
      await addAccount(services, { role: "admin" }),
      ["worker"],
    );
    return authorization.slice("Bearer ".length);
  } finally {
    await services.close();
  }
}

/** A model that takes the better part of a minute to score: time to kill it in. */
async function submit({ url }: TestServer): Promise<string> {
  const body = (await variants("stories", ++submitted))[submitted - 1];
  const path = `${url}/api/v1/submissions?name=Killed&author=bench`;
  const response = await fetch(path, { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()).id;
}

interface Job {
  state: string;
  attempts: number;
}

/** The number of an attempt after `after`, once it runs. A worker tests its engine first. */
async function runningAttempt(server: TestServer, id: string, after: number): Promise<number> {
  const runs = ({ state, attempts }: Job) => state === "running" && attempts > after;
  return (await jobWhen(server, id, runs)).attempts;
}

/** Resolves when the job has ended, so that it is in nobody's way. */
async function ended(server: TestServer, id: string): Promise<void> {
  await jobWhen(server, id, ({ state }) => ["done", "failed", "cancelled"].includes(state));
}

async function jobWhen(
  { url }: TestServer,
  id: string,
  ready: (job: Job) => boolean,
): Promise<Job> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    if (performance.now() > untilMs) throw new Error(`The job of ${id} did not come so far`);
    const { jobs: [job] } = await (await fetch(`${url}/api/v1/submissions/${id}`)).json();
    if (ready(job)) return job;
    // Not more often than the API lets one address ask.
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** A job process of `parent` other than `not`, once there is one. */
async function jobOf(parent: number, not: number | null): Promise<number> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    if (performance.now() > untilMs) throw new Error(`No job ran below process ${parent}`);
    const found = (await jobProcesses({ pid: parent })).find((pid) => pid !== not);
    if (found) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
}
