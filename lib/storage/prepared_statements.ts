// Statements that the embedded database is asked again and again, parsed and planned once: for a
// page of a board, whose table has many indexes to choose from, that is half of the work.

import { messages, parse, type PGlite, protocol } from "@electric-sql/pglite";
import { LRUCache } from "lru-cache";
import { concatBytes } from "../bytes.ts";
import type { QueryRows } from "./pglite_client.ts";

const { serialize } = protocol;

/** A statement is prepared when it comes for the third time: most come once. */
const PREPARED_FROM = 3;
/** Prepared ones, each with a plan in the memory of the database; and texts that are counted. */
const MOST = 200;

const DATA = /^\s*(select|insert|update|delete|with)\b/i;
/** May give a prepared statement columns of another kind, which it refuses then. */
const SCHEMA = /\b(create|alter|drop)\b/i;

interface Prepared {
  name: string;
  /** Types of its parameters, as PostgreSQL numbers them. */
  types: number[];
  /** Names and types of the columns of its rows. */
  columns: messages.BackendMessage[];
}

export class PreparedStatements {
  readonly #database: PGlite;
  readonly #prepared = new LRUCache<string, Prepared>({
    max: MOST,
    dispose: ({ name }) => void this.#closing.push(serialize.close({ type: "S", name })),
  });
  readonly #counts = new LRUCache<string, number>({ max: MOST });
  /** Goes with the next statement. */
  #closing: Uint8Array[] = [];
  #nextName = 1;

  constructor(database: PGlite) {
    this.#database = database;
  }

  /** One statement, as `PGlite.query` answers it. */
  async query(sql: string, parameters: unknown[]): Promise<QueryRows> {
    const prepared = this.#prepared.get(sql);
    if (prepared) return await this.#run(prepared, parameters);
    const count = (this.#counts.get(sql) ?? 0) + 1;
    if (count < PREPARED_FROM || !DATA.test(sql)) {
      this.#counts.set(sql, count);
      this.#noteSchema(sql);
      return await this.#database.query(sql, parameters);
    }
    return await this.#run(await this.#prepare(sql), parameters);
  }

  /** Several statements separated by semicolons, as `PGlite.exec` answers them. */
  async exec(sql: string): Promise<QueryRows> {
    this.#noteSchema(sql);
    const results = await this.#database.exec(sql);
    return { rows: results.flatMap(({ rows }) => rows) };
  }

  #noteSchema(sql: string): void {
    if (SCHEMA.test(sql)) this.#prepared.clear();
  }

  async #prepare(sql: string): Promise<Prepared> {
    const name = `s${this.#nextName++}`;
    const answers = await this.#send(
      serialize.parse({ name, text: sql }),
      serialize.describe({ type: "S", name }),
    );
    const prepared = {
      name,
      types: parse.parseDescribeStatementResults(answers),
      columns: answers.filter((answer) => answer.name === "rowDescription"),
    };
    this.#prepared.set(sql, prepared);
    return prepared;
  }

  async #run({ name, types, columns }: Prepared, parameters: unknown[]): Promise<QueryRows> {
    const { serializers, parsers } = this.#database;
    const values = parameters.map((value, i) => {
      if (value === null || value === undefined) return null;
      return serializers[types[i]]?.(value) ?? String(value);
    });
    const bind = serialize.bind({ statement: name, values });
    const answers = await this.#send(bind, serialize.execute());
    const [{ rows, affectedRows }] = parse.parseResults([...columns, ...answers], parsers);
    return { rows, affectedRows };
  }

  /** In one go: each message alone would go through the whole loop of the database. */
  #send(...bytes: Uint8Array[]): Promise<messages.BackendMessage[]> {
    const all = concatBytes([...this.#closing, ...bytes, serialize.sync()]);
    this.#closing = [];
    return this.#database.runExclusive(() => this.#database.execProtocolStream(all));
  }
}
