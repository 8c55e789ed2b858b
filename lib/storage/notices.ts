// Messages between servers that share a database, over LISTEN and NOTIFY. Knows no meaning of theirs.

import { type Kysely, sql } from "kysely";
import type pg from "pg";
import type { PgliteClient } from "./pglite_client.ts";

/** Something committed; an entry somebody may watch; a job that is due. */
const CHANNELS = ["tinyproof_changes", "tinyproof_entries", "tinyproof_jobs"] as const;
export type Channel = typeof CHANNELS[number];

/** Null stands for all that may have been missed while nobody listened. */
export type NoticeListener = (payload: string | null) => void;

export interface Notices {
  /** False while the connection is lost: what is sent meanwhile is never heard. */
  readonly listening: boolean;
  /** What is sent through this database is heard before its statement returns. */
  readonly immediate: boolean;
  /** Calls `listener` at each message; returns how to stop. */
  on(channel: Channel, listener: NoticeListener): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 1000;

/** Sent when the transaction of `db` commits, else at once. */
export async function notify(
  // deno-lint-ignore no-explicit-any -- of any schema
  db: Kysely<any>,
  channel: Channel,
  payload = "",
): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(db);
}

/** A message sent through this very client is heard before its statement returns. */
export async function pgliteNotices(client: PgliteClient): Promise<Notices> {
  const listeners = new Listeners();
  for (const channel of CHANNELS) {
    await client.listen(channel, (payload) => listeners.tell(channel, payload));
  }
  return {
    listening: true,
    immediate: true,
    on: (channel, listener) => listeners.add(channel, listener),
    close: () => Promise.resolve(),
  };
}

/** Holds one connection of the pool, and takes another when that is lost. */
export class PostgresNotices implements Notices {
  readonly immediate = false;
  readonly #pool: pg.Pool;
  readonly #listeners = new Listeners();
  readonly #connected: Promise<void>;
  #client: pg.PoolClient | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listening = false;
  #closed = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    this.#connected = this.#connect();
  }

  get listening(): boolean {
    return this.#listening;
  }

  on(channel: Channel, listener: NoticeListener): () => void {
    return this.#listeners.add(channel, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#connected;
    this.#release();
  }

  async #connect(): Promise<void> {
    try {
      const client = this.#client = await this.#pool.connect();
      client.on("error", () => this.#lose());
      client.on(
        "notification",
        ({ channel, payload = "" }: pg.Notification) =>
          this.#listeners.tell(channel as Channel, payload),
      );
      await client.query(CHANNELS.map((channel) => `listen ${channel}`).join(";"));
      this.#listening = true;
      for (const channel of CHANNELS) this.#listeners.tell(channel, null);
    } catch {
      this.#lose();
    }
    if (this.#closed) this.#release();
  }

  #lose(): void {
    this.#release();
    if (!this.#closed) this.#timer = setTimeout(() => void this.#connect(), RECONNECT_MS);
  }

  #release(): void {
    this.#listening = false;
    this.#client?.removeAllListeners("notification");
    // Never used again by the pool: it listens.
    this.#client?.release(true);
    this.#client = null;
  }
}

class Listeners {
  readonly #of = new Map<Channel, Set<NoticeListener>>(
    CHANNELS.map((channel) => [channel, new Set()]),
  );

  add(channel: Channel, listener: NoticeListener): () => void {
    this.#of.get(channel)!.add(listener);
    return () => void this.#of.get(channel)!.delete(listener);
  }

  tell(channel: Channel, payload: string | null): void {
    for (const listener of [...this.#of.get(channel) ?? []]) listener(payload);
  }
}
