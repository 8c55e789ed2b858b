// A real server process and real workers of other processes, scoring and replaying real models.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { configFromEnv, createServices } from "../../lib/services.ts";
import type { StatusView } from "../../lib/submissions/status.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { trainedFile } from "../../lib/verification/model_file.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import { TextLineStream } from "../../workers/lines.ts";
import { testEngine } from "../support/engine.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { type Keys, workerKeys } from "../support/keyed_app.ts";
import { jobProcesses, startServer, type TestServer } from "../support/server.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker_process.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const SMALL = { ...tinyRecipe().model, ctx: 72 };
/** Its scoring takes long enough to be interrupted. */
const LARGE = { layers: 2, dModel: 48, heads: 4, ctx: 96, dMlp: 192, vocabSize: 256 };

/** A model file that was really trained; another seed makes another model. */
async function train(model: typeof SMALL, seed: number): Promise<Uint8Array<ArrayBuffer>> {
  const engine = await testEngine();
  const wish = tinyRecipe({ model, seed, steps: 12, checkpointInterval: 6 });
  const recipe = parseRecipe({ ...wish, engine: engine.digest });
  const inputs = await loadInputs(recipe, () => assert.fail("it names no corpus"));
  const options = { recipe, recipeHash: await recipeHash(recipe), engine, ...inputs };
  const run = await runRecipe(options);
  return trainedFile({
    ...{ recipe, run, dtype: "fp32", trainWallMs: 1 },
    tokenizer: inputs.tokenizer,
  });
}

/** Reads the status after every change until it is as wanted, also over a restart of the server. */
async function statusWhen(
  url: string,
  id: string,
  ready: (view: StatusView) => boolean,
): Promise<StatusView> {
  const response = await fetch(`${url}/api/v1/submissions/${id}/events`);
  for await (const line of response.body!.pipeThrough(new TextLineStream(1e6))) {
    if (!line.startsWith("data: ")) continue;
    const view: StatusView = JSON.parse(line.slice("data: ".length));
    if (ready(view)) return view;
  }
  throw new Error(`The events of ${id} ended before it was as wanted`);
}

const isRunning = ({ jobs }: StatusView) =>
  jobs.some(({ state, stage }) => state === "running" && stage.startsWith("scoring"));

for (const backend of testBackends()) {
  describe(`a server on ${backend.name} and workers on other machines`, () => {
    let opened: TestDatabase | null;
    let directory: string;
    let server: TestServer;
    let keys: Keys;
    const workers: WorkerProcess[] = [];

    beforeAll(async () => {
      directory = await Deno.makeTempDir({ prefix: "tinyproof-remote-" });
      // The embedded database belongs to the server's own process.
      opened = backend.name === "postgres" ? await backend.open() : null;
      keys = await makeKeys();
      server = await start();
    });
    afterAll(async () => {
      for (const worker of workers) await worker.kill("SIGKILL").catch(() => {});
      await server?.stop();
      await opened?.close();
      await backend.close();
      await Deno.remove(directory, { recursive: true });
    });

    const dataDir = () => `${directory}/server`;

    /** In the server's database, before it starts. */
    async function makeKeys(): Promise<Keys> {
      const databaseUrl = opened?.databaseUrl;
      const services = await createServices({
        ...configFromEnv({}),
        ...{ dataDir: dataDir(), databaseUrl },
      });
      const keys = await workerKeys(services);
      await services.close();
      return keys;
    }

    /** The real server, that leaves all jobs to the workers. */
    function start(port = "0"): Promise<TestServer> {
      const database: Record<string, string> = opened ? { DATABASE_URL: opened.databaseUrl! } : {};
      const env = { PORT: port, TINYPROOF_JOBS: "0", TINYPROOF_LEASE_SECONDS: "15" };
      return startServer(dataDir(), { ...env, ...database });
    }

    function startWorker(name: string, kinds: string): WorkerProcess {
      const at = { url: server.url, directory: `${directory}/${name}` };
      const worker = startWorkerProcess({ ...at, kinds, key: keys.worker });
      workers.push(worker);
      return worker;
    }

    async function submit(model: Uint8Array<ArrayBuffer>, name: string): Promise<string> {
      const query = new URLSearchParams({ name, author: "Ada", fileName: "m.tinygpt" });
      const response = await fetch(`${server.url}/api/v1/submissions?${query}`, {
        method: "POST",
        body: model,
      });
      assert.equal(response.status, 201);
      return (await response.json()).id;
    }

    async function cancel(job: string): Promise<boolean> {
      const response = await fetch(`${server.url}/api/v1/worker/cancel`, {
        method: "POST",
        headers: keys.admin,
        body: JSON.stringify({ job }),
      });
      return (await response.json()).cancelled;
    }

    /** How often the ledger says this of each entry. */
    async function events(kind: string): Promise<Record<string, number>> {
      const { events } = await (await fetch(`${server.url}/api/v1/ledger`)).json();
      const counted: Record<string, number> = {};
      for (const event of events.filter((each: { kind: string }) => each.kind === kind)) {
        const { entry } = JSON.parse(event.payload);
        counted[entry] = (counted[entry] ?? 0) + 1;
      }
      return counted;
    }

    it("scores every model once, though one worker is killed and one job is cancelled", async () => {
      const killed = startWorker("a", "score");
      const ids: string[] = [];
      for (const [seed, model] of [LARGE, LARGE, SMALL, SMALL].entries()) {
        ids.push(await submit(await train(model, seed), `Model ${seed}`));
      }
      const [first, second, ...others] = ids;
      await statusWhen(server.url, first, isRunning);
      await killed.kill("SIGKILL");

      const scorer = startWorker("b", "score");
      const { jobs: [job] } = await statusWhen(server.url, second, isRunning);
      assert.equal((await jobProcesses(scorer)).length, 1);
      assert.equal(await cancel(job.id), true);
      await scorer.says(new RegExp(`${second}: cancelled`));
      const { failure } = await statusWhen(server.url, second, ({ finished }) => finished);
      assert.match(failure!.reason, /admin of this board stopped/);

      startWorker("c", "verify,score");
      const ready = ({ provenance }: StatusView) => provenance === "exact";
      for (const id of [first, ...others]) {
        const { jobs } = await statusWhen(server.url, id, ready);
        assert.equal(jobs[0].attempts, id === first ? 2 : 1);
      }
      const once = Object.fromEntries([first, ...others].map((id) => [id, 1]));
      assert.deepEqual(await events("score"), once);
      assert.deepEqual(await events("verdict"), once);
      assert.deepEqual(await events("failure"), { [second]: 1 });
    });

    it("works on when the server dies and comes back at its address", async () => {
      const id = await submit(await train(SMALL, 9), "Over a restart");
      await statusWhen(server.url, id, isRunning);
      await server.kill();
      server = await start(new URL(server.url).port);
      await statusWhen(server.url, id, ({ provenance }) => provenance === "exact");
      assert.equal((await events("score"))[id], 1);
      assert.equal((await events("verdict"))[id], 1);
    });

    it("lets its workers go in order", async () => {
      const ends = await Promise.all(workers.slice(1).map((worker) => worker.kill("SIGTERM")));
      assert.deepEqual(ends.map(({ code }) => code), [0, 0]);
    });
  });
}
