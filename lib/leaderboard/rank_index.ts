// The numbers of a whole board in memory: who is before whom, and how many. Knows nothing of SQL.

/** What a board's order and its pictures follow from; see compareRankable of rank.ts. */
export interface RankedNumbers {
  entryId: string;
  /** The score, with the sign that puts the best first. */
  bestFirst: number;
  parameters: number;
  trainingFlops: number | null;
  /** Microseconds since 1970. */
  createdUs: number;
}

/** An entry as it is now: null when it has no rank. */
export type RankedChange = [entryId: string, numbers: RankedNumbers | null];

const AXES = ["parameters", "trainingFlops", "createdUs"] as const;
/** What a model is weighed against. */
export type Axis = typeof AXES[number];
/** By entry number. */
type Column = Float64Array<ArrayBuffer>;

/** A number for each entry, shared by all boards: columns in memory are arrays by this number. */
export class EntryNumbers {
  readonly ids: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(entryId: string): number {
    let number = this.#numbers.get(entryId);
    if (number === undefined) {
      number = this.ids.push(entryId) - 1;
      this.#numbers.set(entryId, number);
    }
    return number;
  }

  known(entryId: string): number | undefined {
    return this.#numbers.get(entryId);
  }
}

/** From this many changes on, sorting anew is cheaper than moving places one by one. */
const SORT_FROM = 300;

/** Columns by entry number, and the entry numbers in the order of the board. */
export class RankIndex {
  readonly #entries: EntryNumbers;
  /** NaN where an entry has no rank. */
  #bestFirst: Column = new Float64Array(0);
  /** NaN where a value is not known. */
  #columns: Record<Axis, Column> = {
    parameters: new Float64Array(0),
    trainingFlops: new Float64Array(0),
    createdUs: new Float64Array(0),
  };
  #order = new Uint32Array(0);
  #total = 0;

  constructor(entries: EntryNumbers) {
    this.#entries = entries;
  }

  /** Ranked entries. */
  get total(): number {
    return this.#total;
  }

  /** By entry number; NaN, or beyond its end, without a rank. */
  get bestFirst(): Readonly<Column> {
    return this.#bestFirst;
  }

  get columns(): Readonly<Record<Axis, Column>> {
    return this.#columns;
  }

  clear(): void {
    this.#bestFirst.fill(NaN);
    this.#total = 0;
  }

  /** Each entry once; of one that is there already the numbers are replaced. */
  apply(changes: readonly RankedChange[]): void {
    if (changes.length < SORT_FROM) {
      for (const change of changes) this.#applyOne(change);
      return;
    }
    for (const [entryId, numbers] of changes) this.#write(this.#entries.of(entryId), numbers);
    const ranked: number[] = [];
    this.#bestFirst.forEach((score, entry) => Number.isNaN(score) || ranked.push(entry));
    this.#order = Uint32Array.from(ranked).sort((a, b) => this.#compare(a, b));
    this.#total = ranked.length;
  }

  /** Entries with a better score. */
  better(bestFirst: number): number {
    return this.#firstPlace((entry) => this.#bestFirst[entry] >= bestFirst);
  }

  /** Entries with a score at least as good. */
  atLeastAsGood(bestFirst: number): number {
    return this.#firstPlace((entry) => this.#bestFirst[entry] > bestFirst);
  }

  /** Competition rank of a score: equal ones share it, the next counts them all. */
  rankOf(bestFirst: number): number {
    return this.better(bestFirst) + 1;
  }

  /** Place of an entry counted from 1, equal scores too; null without a rank. */
  placeOf(entryId: string): number | null {
    return this.scoreOf(entryId) === null ? null : this.#placeOf(this.#entries.of(entryId)) + 1;
  }

  /** With the sign that puts the best first; null without a rank. */
  scoreOf(entryId: string): number | null {
    const score = this.#bestFirst[this.#entries.known(entryId) ?? -1];
    return score === undefined || Number.isNaN(score) ? null : score;
  }

  /** The entry at a place counted from 1. */
  at(place: number): RankedNumbers | null {
    return place >= 1 && place <= this.#total ? this.#numbers(this.#order[place - 1]) : null;
  }

  /** Ids of the first `count` entries. */
  leading(count: number): string[] {
    return Array.from(
      this.#order.subarray(0, Math.min(count, this.#total)),
      (entry) => this.#entries.ids[entry],
    );
  }

  /**
   * The Pareto front, best score first: entries to which no other is at least as good both in score
   * and on the axis, and better in one. Of those equal in both, the earlier one. Entries without a
   * value are on no front. With the time of submission as the axis, these are the records.
   */
  front(axis: Axis): RankedNumbers[] {
    const column = this.#columns[axis];
    const front: RankedNumbers[] = [];
    let least = Infinity;
    for (let place = 0; place < this.#total;) {
      const score = this.#bestFirst[this.#order[place]];
      let candidate = -1;
      for (; place < this.#total && this.#bestFirst[this.#order[place]] === score; place++) {
        const entry = this.#order[place];
        if (Number.isNaN(column[entry])) continue;
        if (candidate < 0 || this.#beats(column, entry, candidate)) candidate = entry;
      }
      if (candidate >= 0 && column[candidate] < least) {
        least = column[candidate];
        front.push(this.#numbers(candidate));
      }
    }
    return front;
  }

  /** Of equal scores. */
  #beats(column: Column, a: number, b: number): boolean {
    const { createdUs } = this.#columns;
    return (compare(column[a], column[b]) || compare(createdUs[a], createdUs[b]) ||
      this.#compareIds(a, b)) < 0;
  }

  #numbers(entry: number): RankedNumbers {
    const { parameters, trainingFlops, createdUs } = this.#columns;
    return {
      entryId: this.#entries.ids[entry],
      bestFirst: this.#bestFirst[entry],
      parameters: parameters[entry],
      trainingFlops: Number.isNaN(trainingFlops[entry]) ? null : trainingFlops[entry],
      createdUs: createdUs[entry],
    };
  }

  #applyOne([entryId, numbers]: RankedChange): void {
    const entry = this.#entries.of(entryId);
    if (entry < this.#bestFirst.length && !Number.isNaN(this.#bestFirst[entry])) {
      const place = this.#placeOf(entry);
      this.#order.copyWithin(place, place + 1, this.#total);
      this.#total--;
    }
    this.#write(entry, numbers);
    if (numbers === null) return;
    if (this.#total === this.#order.length) {
      const longer = new Uint32Array(roomFor(this.#total + 1));
      longer.set(this.#order);
      this.#order = longer;
    }
    const place = this.#placeOf(entry);
    this.#order.copyWithin(place + 1, place, this.#total);
    this.#order[place] = entry;
    this.#total++;
  }

  #write(entry: number, numbers: RankedNumbers | null): void {
    if (entry >= this.#bestFirst.length) this.#grow(entry + 1);
    this.#bestFirst[entry] = numbers?.bestFirst ?? NaN;
    if (numbers === null) return;
    for (const axis of AXES) this.#columns[axis][entry] = numbers[axis] ?? NaN;
  }

  #grow(length: number): void {
    const more = (column: Column) => {
      const longer = new Float64Array(roomFor(length)).fill(NaN);
      longer.set(column);
      return longer;
    };
    this.#bestFirst = more(this.#bestFirst);
    for (const axis of AXES) this.#columns[axis] = more(this.#columns[axis]);
  }

  /** Place counted from 0 that `entry` has, or would have. */
  #placeOf(entry: number): number {
    return this.#firstPlace((other) => this.#compare(other, entry) >= 0);
  }

  /** The first place of which `holds` is true, as it is of all after it. */
  #firstPlace(holds: (entry: number) => boolean): number {
    let low = 0, high = this.#total;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#order[middle])) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #compare(a: number, b: number): number {
    const { parameters, createdUs } = this.#columns;
    return compare(this.#bestFirst[a], this.#bestFirst[b]) ||
      compare(parameters[a], parameters[b]) || compare(createdUs[a], createdUs[b]) ||
      this.#compareIds(a, b);
  }

  #compareIds(a: number, b: number): number {
    const { ids } = this.#entries;
    return a === b ? 0 : ids[a] < ids[b] ? -1 : 1;
  }
}

function roomFor(length: number): number {
  return Math.max(1024, 2 ** Math.ceil(Math.log2(length)));
}

/** Infinities too, whose difference is no number. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
