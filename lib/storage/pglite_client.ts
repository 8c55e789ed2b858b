// The embedded PostgreSQL seen from the main thread: sessions one at a time, one message a statement.

export type ThreadRequest =
  & { id: number }
  & (
    | { op: "open"; dataDir: string }
    | { op: "query"; sql: string; parameters: unknown[] }
    | { op: "exec"; sql: string }
    | { op: "listen"; channel: string }
    | { op: "close" }
  );
type ThreadCall = ThreadRequest extends infer R ? R extends { id: number } ? Omit<R, "id"> : never
  : never;
export type ThreadMessage = ThreadReply | { notified: string; payload: string };
export type ThreadReply =
  & { id: number }
  & (
    | { ok: true; rows: unknown[]; affectedRows?: number }
    | { ok: false; error: Record<string, unknown> }
  );

export interface QueryRows {
  rows: unknown[];
  affectedRows?: number;
}

/** Exclusive use of the only connection, until `release`. */
export interface PgliteSession {
  query(sql: string, parameters?: readonly unknown[]): Promise<QueryRows>;
  /** Several statements separated by semicolons, without parameters. */
  exec(sql: string): Promise<QueryRows>;
  release(): void;
}

interface Pending {
  resolve(rows: QueryRows): void;
  reject(error: Error): void;
}

/**
 * PGlite has one connection: a statement sent while somebody's transaction is open would become
 * part of it. So every use takes the connection for itself, in order of arrival.
 */
export class PgliteClient {
  #worker: Worker;
  #pending = new Map<number, Pending>();
  #listeners = new Map<string, (payload: string) => void>();
  #nextId = 1;
  #tail: Promise<void> = Promise.resolve();
  /** Sessions handed out or asked for. */
  #sessions = 0;
  #closed = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ThreadMessage>) =>
      "notified" in data ? this.#listeners.get(data.notified)?.(data.payload) : this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`The embedded database stopped: ${event.message}`));
    };
  }

  /** Opens the database in `dataDir` (created when absent), or in memory with "memory://". */
  static async open(dataDir: string): Promise<PgliteClient> {
    const worker = new Worker(new URL("./pglite_thread.ts", import.meta.url), { type: "module" });
    const client = new PgliteClient(worker);
    try {
      await client.#call({ op: "open", dataDir });
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return client;
  }

  async acquire(): Promise<PgliteSession> {
    const before = this.#tail;
    let done = () => {};
    this.#tail = new Promise<void>((resolve) => done = resolve);
    this.#sessions++;
    let held = true;
    const release = () => {
      if (held) this.#sessions--;
      held = false;
      done();
    };
    await before;
    return {
      query: (sql, parameters = []) =>
        this.#call({ op: "query", sql, parameters: [...parameters] }),
      exec: (sql) => this.#call({ op: "exec", sql }),
      release,
    };
  }

  /** One session at most is busy; the others wait for it. */
  uses(): Record<"busy" | "idle" | "waiting", number> {
    const busy = Math.min(1, this.#sessions);
    return { busy, idle: 1 - busy, waiting: this.#sessions - busy };
  }

  /** Calls `listener` at every NOTIFY of the channel, before the notifying statement returns. */
  async listen(channel: string, listener: (payload: string) => void): Promise<void> {
    const session = await this.acquire();
    try {
      this.#listeners.set(channel, listener);
      await this.#call({ op: "listen", channel });
    } finally {
      session.release();
    }
  }

  /** Waits for sessions in use, shuts PostgreSQL down cleanly and ends the thread. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const session = await this.acquire();
    this.#closed = true;
    try {
      const done = this.#send({ op: "close" });
      await done;
    } finally {
      this.#worker.terminate();
      session.release();
    }
  }

  #call(call: ThreadCall): Promise<QueryRows> {
    if (this.#closed) return Promise.reject(new Error("The embedded database is closed"));
    return this.#send(call);
  }

  #send(call: ThreadCall): Promise<QueryRows> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...call });
    });
  }

  #settle(reply: ThreadReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.ok) pending?.resolve({ rows: reply.rows, affectedRows: reply.affectedRows });
    else pending?.reject(Object.assign(new Error(String(reply.error.message)), reply.error));
  }

  #fail(error: Error): void {
    this.#closed = true;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
