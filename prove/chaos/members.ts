// The servers and workers of a fleet: programs, settings and keys.

import { createAuth } from "../../lib/accounts/auth_options.ts";
import { configFromEnv } from "../../lib/config.ts";
import type { Db } from "../../lib/storage/database.ts";
import { addAccount, bearer } from "../../tests/support/accounts.ts";
import { Member } from "./fleet.ts";

const SECRET = "of all servers of this fleet together";

export interface ServerPlan {
  databaseUrl: string;
  /** Settings of the bucket. */
  bucketEnv: Record<string, string>;
  ports: readonly number[];
  /** Data directories and logs. */
  directory: string;
}

/** The first has a worker of its own; the others leave all jobs to other machines. */
export function serverMembers({ databaseUrl, bucketEnv, ports, directory }: ServerPlan): Member[] {
  return ports.map((port, index) => {
    const name = `server-${index + 1}`;
    return new Member({
      name,
      words: ["prove/chaos/server.ts"],
      logFile: `${directory}/${name}.log`,
      env: {
        ...bucketEnv,
        DATABASE_URL: databaseUrl,
        PORT: String(port),
        TINYPROOF_DATA: `${directory}/${name}`,
        TINYPROOF_GALLERY: "off",
        TINYPROOF_SECRET: SECRET,
        TINYPROOF_JOBS: index === 0 ? "1" : "0",
        TINYPROOF_THREADS: "1",
        // Further replays of a model that was proven: each should be asked for once.
        TINYPROOF_SEED_AUDITS: "off",
      },
    });
  });
}

/** With the key of one account, which can be made once a server has made the tables. */
export async function workerMembers(
  count: number,
  { db, url, directory }: { db: Db; url: string; directory: string },
): Promise<Member[]> {
  const accounts = { db, auth: createAuth(db, { ...configFromEnv({}), secret: SECRET }) };
  const account = await addAccount(accounts, { role: "admin" });
  const { authorization } = await bearer(accounts, account, ["worker"]);
  return Array.from({ length: count }, (_, index) => {
    const name = `worker-${index + 1}`;
    const words = ["--server", url, "--data", `${directory}/${name}`, "--name", name];
    return new Member({
      name,
      words: ["cli.ts", "worker", ...words, "--threads", "1"],
      logFile: `${directory}/${name}.log`,
      env: { TINYPROOF_KEY: authorization.replace("Bearer ", "") },
    });
  });
}
