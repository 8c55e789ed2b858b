// Keeps the numbers of boards in memory equal to the table `standing`, by reading what has changed.

import { type Kysely, sql } from "kysely";
import { changesOf } from "../storage/changes.ts";
import { VersionMemo } from "../storage/memo.ts";
import type { Database } from "../storage/schema.ts";
import { EntryNumbers, type RankedNumbers, RankIndex } from "./rank_index.ts";

interface BoardId {
  id: string;
  version: number;
}

/** One board in memory. Its figures are right as of the last `ranksOf`. */
export class BoardRanks {
  readonly index: RankIndex;
  readonly #db: Kysely<Database>;
  readonly #board: BoardId;
  readonly #memo = new VersionMemo();
  #generation = 0;
  /** Of the data, when they tell of changes at once and nothing was read since. */
  #version: number | null = null;
  /** Transactions below this one had ended, and been seen, when the table was last read. */
  #seen = 0;
  /** Which transaction wrote the rows that were read and may be read again. */
  #recent = new Map<string, number>();
  /** Of the table: another one once it was emptied or written anew as a whole. */
  #file: number | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(
    db: Kysely<Database>,
    board: BoardId,
    entries: EntryNumbers,
  ) {
    this.#db = db;
    this.#board = board;
    this.index = new RankIndex(entries);
  }

  /** Another number after every change of a row of this board. */
  get generation(): number {
    return this.#generation;
  }

  /** What `make` computes from the rows of this board, kept until one of them changes. */
  memoised<T>(key: string, make: () => Promise<T>): Promise<T> {
    return this.#memo.get(this.#generation, key, make);
  }

  /** Resolves when all that was committed before this call is in the index. */
  catchUp(): Promise<void> {
    const changes = changesOf(this.#db);
    const version = changes?.immediate ? changes.version : null;
    if (version !== null && version === this.#version) return Promise.resolve();
    // One that runs already may have read before the call: who comes meanwhile shares the next.
    if (this.#running === null) return this.#run(version);
    this.#next ??= this.#running.catch(() => {}).then(() => {
      this.#next = null;
      return this.catchUp();
    });
    return this.#next;
  }

  #run(version: number | null): Promise<void> {
    const running = this.#read().then(() => {
      this.#version = version;
    }).finally(() => this.#running = null);
    return this.#running = running;
  }

  async #read(): Promise<void> {
    const { file, seen, lines } = await this.#changesSince(this.#seen);
    if (this.#file !== null && this.#file !== file) {
      this.index.clear();
      this.#recent.clear();
      [this.#file, this.#seen] = [null, 0];
      return await this.#read();
    }
    const found = lines === null ? [] : lines.split("\n").map(parse);
    // By entry and transaction: whoever is still at work holds back `seen`, so rows come again.
    const news = found.filter(([id, { changed }]) => this.#recent.get(id) !== changed);
    if (news.length > 0 || this.#seen === 0) this.#generation++;
    this.index.apply(news.map(([id, { numbers }]) => [id, numbers]));
    this.#recent = new Map(
      found.flatMap(([id, { changed }]) => changed >= seen ? [[id, changed]] : []),
    );
    [this.#file, this.#seen] = [file, seen];
  }

  /** One row; the first time of ranked entries only. */
  async #changesSince(seen: number) {
    const { id, version } = this.#board;
    const first = seen === 0;
    if (first) await this.#disownForeign();
    const { rows } = await sql<{ file: number; seen: number; lines: string | null }>`
      select pg_relation_filenode('standing')::bigint as file,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint as seen,
        (select string_agg(concat_ws(' ', changed, ranked::integer, best_first, parameters,
            coalesce(training_flops, 'NaN'), created_us, entry_id), chr(10))
          from standing where benchmark = ${id} and version = ${version}
            and ${first ? sql`ranked` : sql`changed >= ${seen}`}) as lines`.execute(this.#db);
    return rows[0];
  }

  /** Rows restored from another server bear ids of transactions that have not begun here yet. */
  async #disownForeign(): Promise<void> {
    const { id, version } = this.#board;
    await sql`update standing set changed = 0 where benchmark = ${id} and version = ${version}
      and changed >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint`.execute(this.#db);
  }
}

/** "changed ranked best_first parameters training_flops created_us entry_id" */
function parse(line: string): [string, { changed: number; numbers: RankedNumbers | null }] {
  const [changed, ranked, bestFirst, parameters, flops, createdUs, ...rest] = line.split(" ");
  const entryId = rest.join(" ");
  const numbers = ranked === "0" ? null : {
    entryId,
    bestFirst: Number(bestFirst),
    parameters: Number(parameters),
    trainingFlops: flops === "NaN" ? null : Number(flops),
    createdUs: Number(createdUs),
  };
  return [entryId, { changed: Number(changed), numbers }];
}

class DatabaseRanks {
  readonly entries = new EntryNumbers();
  readonly #boards = new Map<string, BoardRanks>();

  board(db: Kysely<Database>, board: BoardId): BoardRanks {
    const name = `${board.id} ${board.version}`;
    let ranks = this.#boards.get(name);
    if (!ranks) this.#boards.set(name, ranks = new BoardRanks(db, board, this.entries));
    return ranks;
  }
}

const databases = new WeakMap<object, DatabaseRanks>();

function allOf(db: Kysely<Database>): DatabaseRanks {
  const all = databases.get(db) ?? new DatabaseRanks();
  databases.set(db, all);
  return all;
}

/** The board as of now. Kept for the life of `db`: a transaction reads the whole board anew. */
export async function ranksOf(
  db: Kysely<Database>,
  board: BoardId,
): Promise<BoardRanks> {
  const ranks = allOf(db).board(db, board);
  await ranks.catchUp();
  return ranks;
}

/** Reads boards before anybody asks, one after the other, until `signal` is aborted. */
export async function readRanks(
  db: Kysely<Database>,
  boards: readonly BoardId[],
  signal: AbortSignal,
): Promise<void> {
  for (const board of boards) {
    if (signal.aborted) return;
    await ranksOf(db, board);
  }
}

/** What the boards of `db` number their columns by. */
export function entryNumbersOf(db: Kysely<Database>): EntryNumbers {
  return allOf(db).entries;
}

/** Most times something is read anew because a board changed while it was. */
const MOST_READS = 3;

/** What `read` makes of rows it reads and of the figures of their board, all of one moment. */
export function readWithRanks<T>(
  db: Kysely<Database>,
  board: BoardId,
  read: (ranks: BoardRanks) => Promise<T>,
): Promise<T> {
  return readWithAllRanks(db, [board], ([ranks]) => read(ranks));
}

/** The same of several boards, given in their order. */
export async function readWithAllRanks<T>(
  db: Kysely<Database>,
  boards: readonly BoardId[],
  read: (ranks: readonly BoardRanks[]) => Promise<T>,
): Promise<T> {
  for (let reads = 1;; reads++) {
    const all = await Promise.all(boards.map((board) => ranksOf(db, board)));
    const generations = all.map(({ generation }) => generation);
    const found = await read(all);
    await Promise.all(all.map((ranks) => ranks.catchUp()));
    if (all.every(({ generation }, i) => generation === generations[i])) return found;
    if (reads === MOST_READS) return found;
  }
}
