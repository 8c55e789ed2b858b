// The addresses of a copy, on disk: boards have more of them than memory should hold.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Kind } from "./address.ts";

/** What became of an address. */
export type Outcome =
  | { state: "written"; kind: Kind; file: string; status: number; csp: string | null }
  /** `target` is an address of the board. */
  | { state: "redirect"; target: string }
  /** Answered, and nothing for a copy. */
  | { state: "left-out" }
  | { state: "missing"; status: number };

export interface Written {
  address: string;
  kind: Kind;
  file: string;
  /** The policy the page was sent with. */
  csp: string | null;
}

export interface FileRecord {
  file: string;
  /** Null for what the copy itself adds. */
  address: string | null;
  sha256: string;
  bytes: number;
}

const SCHEMA = `
  pragma journal_mode = off; pragma synchronous = off; pragma temp_store = file;
  create table address (
    id integer primary key,
    address text not null unique,
    state text not null default 'waiting',
    optional integer not null,
    status integer, kind text, file text, target text, csp text,
    -- Of a page in a series: the one it follows, and the first of all.
    follows text, series text
  );
  create index in_series on address (series) where series is not null;
  create table file (
    file text primary key collate nocase,
    address text, sha256 text, bytes integer
  ) without rowid;
`;
/** Changes that are written to disk together: nobody reads the file after a crash. */
const CHANGES_TOGETHER = 5000;
/** Redirects of redirects that are followed. */
const MOST_HOPS = 5;

export class WorkList implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #takenId = 0;
  #unwritten = 0;

  /** @param path of a file that is not there yet; the caller removes it. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
    this.#db.exec("begin");
  }

  /** Adds what is not there yet. That an `optional` address has no answer is nobody's fault. */
  add(addresses: Iterable<string>, { optional = false } = {}): void {
    const insert = this.#prepare(`insert into address (address, optional) values (?, ?)
      on conflict (address) do update set optional = min(optional, excluded.optional)`);
    for (const address of addresses) this.#change(insert, address, optional ? 1 : 0);
  }

  /** Notes that `next`, which is on the list, is the page after `address` in a series. */
  goesOn(address: string, next: string): void {
    const update = this.#prepare(`update address set follows = ?1,
      series = coalesce((select series from address where address = ?1), ?1)
      where address = ?2 and follows is null`);
    this.#change(update, address, next);
  }

  /** The page before `address` in its series. */
  pageBefore(address: string): Written | null {
    const row = this.#prepare("select follows from address where address = ?").get(address);
    const follows = (row as { follows: string | null } | undefined)?.follows;
    return follows ? this.find(follows) : null;
  }

  /** The last page of the series that `address` is in, or begins. */
  lastPage(address: string): Written | null {
    const row = this.#prepare(`select address from address
      where series = coalesce((select series from address where address = ?1), ?1)
      order by id desc limit 1`).get(address) as { address: string } | undefined;
    return row ? this.find(row.address) : null;
  }

  /** The next addresses that nobody has asked for; empty when there is none left. */
  take(count: number): string[] {
    const rows = this.#prepare("select id, address from address where id > ? order by id limit ?")
      .all(this.#takenId, count) as { id: number; address: string }[];
    this.#takenId = rows.at(-1)?.id ?? this.#takenId;
    return rows.map(({ address }) => address);
  }

  /** Keeps `wanted` for an address: the same, or with a number where a name differs only by case. */
  claimFile(wanted: string, address: string | null): string {
    const insert = this.#prepare("insert or ignore into file (file, address) values (?, ?)");
    for (let n = 1;; n++) {
      const file = n === 1 ? wanted : wanted.replace(/(\/index)?(\.\w+)?$/, `~${n}$1$2`);
      if (this.#change(insert, file, address) === 1) return file;
    }
  }

  settle(address: string, outcome: Outcome): void {
    const row = { status: null, kind: null, file: null, target: null, csp: null, ...outcome };
    const update = this.#prepare(`update address
      set state = ?, status = ?, kind = ?, file = ?, target = ?, csp = ? where address = ?`);
    this.#change(update, row.state, row.status, row.kind, row.file, row.target, row.csp, address);
  }

  /** What stands at `address`, behind any redirect; null when a copy has nothing there. */
  find(address: string): Written | null {
    const select = this.#prepare(
      "select address, state, kind, file, target, csp from address where address = ?",
    );
    let wanted: string | null = address;
    for (let hops = 0; wanted !== null && hops <= MOST_HOPS; hops++) {
      const row = select.get(wanted) as Written & { state: string; target: string } | undefined;
      if (row?.state === "written") return row;
      wanted = row?.state === "redirect" ? row.target : null;
    }
    return null;
  }

  /** Every answer that was written, in the order it was found. */
  written(): IterableIterator<Written> {
    return this.#db.prepare(
      "select address, kind, file, csp from address where state = 'written' order by id",
    ).iterate() as unknown as IterableIterator<Written>;
  }

  redirects(): IterableIterator<{ address: string }> {
    return this.#db.prepare("select address from address where state = 'redirect' order by id")
      .iterate() as IterableIterator<{ address: string }>;
  }

  /** Linked, and not answered. */
  missing(): { address: string; status: number }[] {
    const select = this.#prepare(`select address, status from address
      where state = 'missing' and optional = 0 order by id limit 1000`);
    const rows = select.all() as { address: string; status: number }[];
    return rows.map(({ address, status }) => ({ address, status }));
  }

  hashed(file: string, sha256: string, bytes: number): void {
    const update = this.#prepare("update file set sha256 = ?, bytes = ? where file = ?");
    this.#change(update, sha256, bytes, file);
  }

  /** SHA-256 of a file; null when there is none. */
  sha256Of(file: string): string | null {
    const row = this.#prepare("select sha256 from file where file = ?").get(file);
    return (row as { sha256: string } | undefined)?.sha256 ?? null;
  }

  /** Every file of the copy by name. */
  files(): IterableIterator<FileRecord> {
    return this.#db.prepare("select file, address, sha256, bytes from file order by file")
      .iterate() as unknown as IterableIterator<FileRecord>;
  }

  /** Addresses asked for so far, and all that are known: none is ever taken away, so ids count. */
  progress(): { taken: number; found: number } {
    const { found } = this.#prepare("select max(id) as found from address").get() as {
      found: number;
    };
    return { taken: this.#takenId, found };
  }

  totals(): { pages: number; files: number; bytes: number } {
    const select = this.#prepare(`select count(*) as files, sum(bytes) as bytes,
        (select count(*) from address where state = 'written' and kind = 'page') as pages
      from file`);
    return { ...select.get() } as { pages: number; files: number; bytes: number };
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** @returns how many rows it changed. */
  #change(statement: StatementSync, ...values: SQLInputValue[]): number {
    const { changes } = statement.run(...values);
    if (++this.#unwritten === CHANGES_TOGETHER) {
      this.#db.exec("commit; begin");
      this.#unwritten = 0;
    }
    return Number(changes);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, statement = this.#db.prepare(sql));
    return statement;
  }
}
