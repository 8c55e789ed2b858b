// Thread that owns the embedded PostgreSQL. One message in, one message out per statement.

import { PGlite, types } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import type { QueryRows, ThreadMessage, ThreadRequest } from "./pglite_client.ts";
import { PreparedStatements } from "./prepared_statements.ts";

const post = self.postMessage.bind(self) as (message: ThreadMessage) => void;
let database: PGlite | null = null;
let statements: PreparedStatements | null = null;

self.addEventListener("message", async (event: MessageEvent<ThreadRequest>) => {
  const request = event.data;
  try {
    post({ id: request.id, ok: true, ...await answer(request) });
  } catch (error) {
    post({ id: request.id, ok: false, error: plainError(error) });
  }
});

async function answer(request: ThreadRequest): Promise<QueryRows> {
  if (request.op === "open") {
    database = await PGlite.create({
      dataDir: request.dataDir,
      parsers: { [types.INT8]: Number },
      extensions: { pg_trgm },
    });
    statements = new PreparedStatements(database);
    return { rows: [] };
  }
  if (database === null || statements === null) {
    throw new Error("The embedded database is not open");
  }
  if (request.op === "close") {
    await database.close();
    database = null;
    return { rows: [] };
  }
  if (request.op === "listen") {
    // Told before the statement that commits is answered, so whoever made a change sees it.
    const { channel } = request;
    await database.listen(channel, (payload) => post({ notified: channel, payload }));
    return { rows: [] };
  }
  if (request.op === "query") return await statements.query(request.sql, request.parameters);
  return await statements.exec(request.sql);
}

/** Errors lose their own fields when cloned between threads; `code` decides how callers react. */
function plainError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, detail, hint, constraint, table } = error as Error & Record<string, unknown>;
  return { message: error.message, code, detail, hint, constraint, table };
}
