// Keeps what was computed from the database until the data are others. Knows no table.

import { LRUCache } from "lru-cache";
import { changesOf } from "./changes.ts";

/** Filters that people think of make keys; each result is small. */
const MOST = 500;

/** Results of one version of the data. */
export class VersionMemo {
  #version: number | null = null;
  readonly #kept = new LRUCache<string, Promise<unknown>>({ max: MOST });

  /**
   * What `make` gave for this version, or gives now: once for all who ask at the same time.
   * @param version null while it is unknown: nothing is kept then.
   */
  get<T>(version: number | null, key: string, make: () => Promise<T>): Promise<T> {
    if (version === null) return make();
    if (version !== this.#version) this.#kept.clear();
    this.#version = version;
    const kept = this.#kept.get(key) as Promise<T> | undefined;
    if (kept) return kept;
    const made = make();
    this.#kept.set(key, made);
    made.catch(() => this.#kept.get(key) === made && this.#kept.delete(key));
    return made;
  }
}

/** Results that have a version each: a key keeps the one of its newest version. */
export class KeyedMemo<T> {
  readonly #kept: LRUCache<string, { version: string; made: Promise<T> }>;

  constructor(most: number) {
    this.#kept = new LRUCache({ max: most });
  }

  /** What `make` gave for this version, or gives now: once for all who ask at the same time. */
  get(key: string, version: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept?.version === version) return kept.made;
    const made = make();
    const entry = { version, made };
    this.#kept.set(key, entry);
    made.catch(() => this.#kept.get(key) === entry && this.#kept.delete(key));
    return made;
  }
}

const memos = new WeakMap<object, VersionMemo>();

/** Of a whole database: computed anew after any change of a watched table. */
export function memoised<T>(db: object, key: string, make: () => Promise<T>): Promise<T> {
  const memo = memos.get(db) ?? new VersionMemo();
  memos.set(db, memo);
  return memo.get(changesOf(db)?.version ?? null, key, make);
}
