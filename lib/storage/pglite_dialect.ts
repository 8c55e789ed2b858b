// Kysely over the embedded PostgreSQL. Kysely's own PGlite driver keeps one shared connection and
// lets a concurrent query slip into an open transaction; this one hands out exclusive sessions.

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { PgliteClient, PgliteSession } from "./pglite_client.ts";

export function pgliteDialect(client: PgliteClient): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PgliteDriver(client),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    // deno-lint-ignore no-explicit-any -- Kysely's own signature
    createIntrospector: (db: Kysely<any>) => new PostgresIntrospector(db),
  };
}

class PgliteConnection implements DatabaseConnection {
  readonly session: PgliteSession;
  constructor(session: PgliteSession) {
    this.session = session;
  }
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.session.query(query.sql, query.parameters);
    return {
      rows: rows as R[],
      numAffectedRows: affectedRows === undefined ? undefined : BigInt(affectedRows),
    };
  }
  // deno-lint-ignore require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("The embedded database does not stream rows; use limit and offset");
  }
}

class PgliteDriver implements Driver {
  #client: PgliteClient;
  constructor(client: PgliteClient) {
    this.#client = client;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<PgliteConnection> {
    return new PgliteConnection(await this.#client.acquire());
  }
  async beginTransaction(connection: PgliteConnection, settings: TransactionSettings) {
    const level = settings.isolationLevel;
    await connection.session.query(level ? `begin isolation level ${level}` : "begin");
  }
  async commitTransaction(connection: PgliteConnection) {
    await connection.session.query("commit");
  }
  async rollbackTransaction(connection: PgliteConnection) {
    await connection.session.query("rollback");
  }
  releaseConnection(connection: PgliteConnection): Promise<void> {
    connection.session.release();
    return Promise.resolve();
  }
  destroy(): Promise<void> {
    return this.#client.close();
  }
}
