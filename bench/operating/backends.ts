// Where the servers of a benchmark keep their data: in the embedded database, and in a PostgreSQL
// cluster of their own where its programs are installed.

import { testBackends } from "../../tests/support/databases.ts";

export interface BenchBackend {
  name: string;
  /** For a server: a data directory of its own and, with PostgreSQL, a database. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/** Opens one after the other; each is closed before the next. */
export async function* benchBackends(): AsyncGenerator<BenchBackend> {
  for (const backend of testBackends()) {
    const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
    const env: Record<string, string> = {
      TINYPROOF_DATA: dataDir,
      TINYPROOF_GALLERY: "off",
      TINYPROOF_SWEEP: "off",
    };
    const opened = backend.name === "postgres" ? await backend.open({ migrated: false }) : null;
    if (opened?.databaseUrl) env.DATABASE_URL = opened.databaseUrl;
    yield {
      name: backend.name === "postgres" ? "PostgreSQL" : "PGlite",
      env,
      async close() {
        await opened?.close();
        await Deno.remove(dataDir, { recursive: true });
      },
    };
    await backend.close();
  }
}
