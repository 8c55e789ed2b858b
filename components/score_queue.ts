// Keeps a rater's answers in the browser until the server has them. An answer is stored before it is
// sent, sent until it is taken, and bears a key by which the server takes it once.

import type { ScoreEventDraft } from "../lib/lab/schema.ts";
import { cellKey } from "../lib/lab/scoring/view.ts";
import { type LabDatabase, ownRows, type StoredEvent } from "./lab_database.ts";

export interface QueueState {
  waiting: number;
  /** Why the last attempt did not get through; null when it did. */
  problem: string | null;
}

const BATCH = 200;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export class ScoreQueue {
  readonly #db: LabDatabase;
  readonly #owner: string;
  readonly #address: string;
  readonly #raterId: string;
  readonly #onState: (state: QueueState) => void;
  #waiting: StoredEvent[];
  #sending = false;
  #retryMs = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #order: number;

  private constructor(
    db: LabDatabase,
    { address, owner, raterId, waiting, onState }: {
      address: string;
      owner: string;
      raterId: string;
      waiting: StoredEvent[];
      onState: (state: QueueState) => void;
    },
  ) {
    this.#db = db;
    this.#address = address;
    this.#owner = owner;
    this.#raterId = raterId;
    this.#waiting = waiting;
    this.#onState = onState;
    this.#order = waiting.length === 0 ? 0 : waiting[waiting.length - 1].order;
    addEventListener("online", this.#now);
  }

  /** @param address where answers of this set are sent. */
  static async open(
    db: LabDatabase,
    { address, owner, raterId, onState }: {
      address: string;
      owner: string;
      raterId: string;
      onState: (state: QueueState) => void;
    },
  ): Promise<ScoreQueue> {
    const waiting = await db.getAllFromIndex("events", "owner", owner);
    waiting.sort((a, b) => a.order - b.order);
    const queue = new ScoreQueue(db, { address, owner, raterId, waiting, onState });
    queue.#now();
    return queue;
  }

  /** What the server may not have yet, oldest first. */
  get waiting(): readonly ScoreEventDraft[] {
    return this.#waiting;
  }

  /** Stored when the browser has taken the write, which no reload interrupts; then sent. */
  add(event: ScoreEventDraft): void {
    const stored = { ...event, owner: this.#owner, order: ++this.#order };
    this.#waiting.push(stored);
    const transaction = this.#db.transaction("events", "readwrite");
    transaction.store.put(stored);
    transaction.commit();
    transaction.done.catch((error) => this.#tell(`This browser keeps nothing: ${error.message}`));
    void this.#send();
  }

  /** A remark as far as it is typed; "" forgets it. */
  saveDraft(cell: string, text: string): void {
    const transaction = this.#db.transaction("drafts", "readwrite");
    if (text === "") transaction.store.delete([this.#owner, cell]);
    else transaction.store.put({ owner: this.#owner, cell, text });
    transaction.commit();
  }

  /** By cell. */
  async drafts(): Promise<Map<string, string>> {
    const found = await this.#db.getAll("drafts", ownRows(this.#owner));
    return new Map(found.map(({ cell, text }) => [cell, text]));
  }

  close(): void {
    removeEventListener("online", this.#now);
    clearTimeout(this.#timer);
  }

  #now = (): void => {
    this.#retryMs = FIRST_RETRY_MS;
    void this.#send();
  };

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      while (this.#waiting.length > 0) {
        this.#tell(null);
        const batch = this.#waiting.slice(0, BATCH);
        await this.#post(batch);
        this.#retryMs = FIRST_RETRY_MS;
        await this.#forget(batch);
      }
      this.#tell(null);
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
      this.#timer = setTimeout(() => this.#send(), this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
    } finally {
      this.#sending = false;
    }
  }

  async #post(batch: StoredEvent[]): Promise<void> {
    const events = batch.map(({ owner: _, order: __, ...event }) => event);
    let response: Response;
    try {
      response = await fetch(this.#address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ rater: this.#raterId, events }),
      });
    } catch {
      throw new Error("There is no connection");
    }
    if (response.ok) return;
    const { error } = await response.json().catch(() => ({}));
    throw new Error(error?.message ?? `The server answered ${response.status}`);
  }

  /** Those that the server has. */
  async #forget(batch: StoredEvent[]): Promise<void> {
    const sent = new Set(batch.map(({ key }) => key));
    this.#waiting = this.#waiting.filter(({ key }) => !sent.has(key));
    const transaction = this.#db.transaction(["events", "sent"], "readwrite");
    for (const { key, owner, itemId, criterion, round, value, note } of batch) {
      const cell = cellKey(itemId, criterion, round);
      void transaction.objectStore("events").delete(key);
      void transaction.objectStore("sent").put({
        ...{ owner, cell, itemId, criterion, round, value, note },
      });
    }
    await transaction.done;
  }

  #tell(problem: string | null): void {
    this.#onState({ waiting: this.#waiting.length, problem });
  }
}
