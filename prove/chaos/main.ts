// Two servers and three workers over one PostgreSQL and one bucket, killed at random while they work.

import { parseArgs } from "node:util";
import { testBackends } from "../../tests/support/databases.ts";
import { startBucket } from "../../tests/support/s3.ts";
import { runChaos } from "./run.ts";

const HELP = `deno task prove:chaos [options]

  --submissions <n>  models to submit (100)
  --kills <n>        kill -9 of a server or a worker (50)
  --servers <n>      (2)
  --workers <n>      (3)
  --seed <n>         of the models and of who is killed (1)
  --logs <dir>       where the processes' logs stay; removed otherwise

Needs PostgreSQL in /usr/lib/postgresql.`;

const { values } = parseArgs({
  options: {
    submissions: { type: "string", default: "100" },
    kills: { type: "string", default: "50" },
    servers: { type: "string", default: "2" },
    workers: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    logs: { type: "string" },
    help: { type: "boolean" },
  },
});

function count(name: "submissions" | "kills" | "servers" | "workers" | "seed"): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`Expected --${name} to be a whole number, got ${values[name]}`);
  Deno.exit(2);
}

async function main(): Promise<boolean> {
  const backend = testBackends().find(({ name }) => name === "postgres");
  if (backend === undefined) throw new Error("No PostgreSQL in /usr/lib/postgresql/*/bin");
  const bucket = await startBucket();
  const directory = values.logs ?? await Deno.makeTempDir({ prefix: "tinyproof-chaos-" });
  await Deno.mkdir(directory, { recursive: true });
  try {
    const { databaseUrl } = await backend.open({ migrated: false });
    const report = await runChaos({
      submissions: count("submissions"),
      kills: count("kills"),
      servers: count("servers"),
      workers: count("workers"),
      seed: count("seed"),
      ...{ databaseUrl: databaseUrl!, bucket, directory, say: console.log },
    });
    console.log(JSON.stringify(report, null, 2));
    return report.problems.length === 0;
  } finally {
    await bucket.close();
    await backend.close();
    if (values.logs === undefined) await Deno.remove(directory, { recursive: true });
  }
}

if (values.help) {
  console.log(HELP);
  Deno.exit(0);
}
Deno.exit(await main() ? 0 : 1);
