// A rater's way through a set: where they are, what they gave, how fast they go. Knows no page.

import type { ScoreEventDraft } from "../lib/lab/schema.ts";
import {
  cellKey,
  nextOpen,
  type Place,
  type ScoringView,
  tasksDone,
} from "../lib/lab/scoring/view.ts";

/** Where answers go, and where half-typed remarks are kept. */
export interface AnswerStore {
  /** What the server may not have yet, oldest first. */
  readonly waiting: readonly ScoreEventDraft[];
  add(event: ScoreEventDraft): void;
  saveDraft(cell: string, text: string): void;
}

interface Given {
  value: number;
  note: string | null;
}

interface Act {
  place: Place;
  criterion: string;
  before: Given | undefined;
}

/** How long the pace looks back, and from how many tasks on it is told. */
const PACE_MS = 120_000;
const PACE_TASKS = 3;

export class ScoringSession {
  readonly view: ScoringView;
  readonly #store: AnswerStore;
  readonly #drafts: Map<string, string>;
  readonly #cells = new Map<string, Given>();
  readonly #history: Act[] = [];
  readonly #nowMs: () => number;
  #finishedMs: number[] = [];
  #done: number;
  #place: Place | null;

  /** @param start a task, counted from 1; null is where the first score is missing. */
  constructor(
    view: ScoringView,
    store: AnswerStore,
    { drafts, start, nowMs }: {
      drafts: Map<string, string>;
      start: number | null;
      nowMs: () => number;
    },
  ) {
    this.view = view;
    this.#store = store;
    this.#drafts = drafts;
    this.#nowMs = nowMs;
    for (const cell of [...view.cells, ...store.waiting]) {
      const key = cellKey(cell.itemId, cell.criterion, cell.round);
      if (cell.value === null) this.#cells.delete(key);
      else this.#cells.set(key, { value: cell.value, note: cell.note });
    }
    this.#done = tasksDone(view.tasks, this.#isScored);
    this.#place = start === null || start > view.tasks.length
      ? nextOpen(view.tasks, this.#isScored)
      : this.#placeIn(start - 1);
  }

  /** Null when everything is scored. */
  get place(): Place | null {
    return this.#place;
  }

  get done(): number {
    return this.#done;
  }

  /** Tasks a minute; null at first. */
  get pace(): number | null {
    const nowMs = this.#nowMs();
    this.#finishedMs = this.#finishedMs.filter((ms) => nowMs - ms < PACE_MS);
    const count = this.#finishedMs.length;
    if (count < PACE_TASKS) return null;
    return (count - 1) / (this.#finishedMs[count - 1] - this.#finishedMs[0]) * 60_000;
  }

  /** The remark on the current criterion, as far as it is typed. */
  get note(): string {
    if (this.#place === null) return "";
    const key = this.#keyOf(this.#place, this.#criterionAt(this.#place));
    return this.#drafts.get(key) ?? this.#cells.get(key)?.note ?? "";
  }

  given(criterion: string): number | undefined {
    return this.#place === null
      ? undefined
      : this.#cells.get(this.#keyOf(this.#place, criterion))?.value;
  }

  /** @param advance to the next answer that is missing */
  answer(value: number, criterion?: string, advance = true): void {
    const place = this.#place;
    if (place === null) return;
    const asked = criterion ?? this.#criterionAt(place);
    const key = this.#keyOf(place, asked);
    const before = this.#cells.get(key);
    this.#history.push({ place, criterion: asked, before });
    this.#put(place, asked, { value, note: (this.#drafts.get(key) ?? before?.note) || null });
    if (!advance) return;
    const { criteria } = this.view.tasks[place.task];
    const next = { task: place.task, criterion: criteria.indexOf(asked) + 1 };
    this.#place = nextOpen(this.view.tasks, this.#isScored, next);
  }

  /** Takes the last answer of this session back, and goes where it was given. */
  undo(): void {
    const last = this.#history.pop();
    if (last === undefined) return;
    const { place: { task }, criterion, before } = last;
    const key = this.#keyOf(last.place, criterion);
    const typed = this.#drafts.get(key) ?? this.#cells.get(key)?.note ?? "";
    this.#put(last.place, criterion, before);
    // The score is taken back; the remark on it was not meant to be.
    if (typed !== (before?.note ?? "")) this.#keepDraft(key, typed);
    this.#place = { task, criterion: this.view.tasks[task].criteria.indexOf(criterion) };
  }

  move(by: 1 | -1): void {
    const count = this.view.tasks.length;
    const from = this.#place?.task ?? (by === 1 ? -1 : count);
    this.#place = this.#placeIn((from + by + count) % count);
  }

  typeNote(text: string): void {
    if (this.#place === null) return;
    const key = this.#keyOf(this.#place, this.#criterionAt(this.#place));
    this.#keepDraft(key, text);
  }

  /** Sends a remark on what is scored already; others go with their score. */
  keepNote(): void {
    const place = this.#place;
    if (place === null) return;
    const criterion = this.#criterionAt(place);
    const key = this.#keyOf(place, criterion);
    const text = this.#drafts.get(key), before = this.#cells.get(key);
    if (text === undefined || before === undefined || text === (before.note ?? "")) return;
    this.#put(place, criterion, { ...before, note: text || null });
  }

  #put(place: Place, criterion: string, given: Given | undefined): void {
    const key = this.#keyOf(place, criterion);
    const { itemId, round } = this.view.tasks[place.task];
    const wasDone = this.#isDone(place.task);
    if (given === undefined) this.#cells.delete(key);
    else this.#cells.set(key, given);
    const isDone = this.#isDone(place.task);
    if (isDone !== wasDone) this.#done += isDone ? 1 : -1;
    if (isDone && !wasDone) this.#finishedMs.push(this.#nowMs());
    // What is given twice was not done twice.
    if (wasDone && !isDone) this.#finishedMs.pop();
    this.#store.add({
      ...{ key: crypto.randomUUID(), itemId, criterion, round, judgeShown: false },
      value: given?.value ?? null,
      note: given?.note ?? null,
    });
    if (this.#drafts.delete(key)) this.#store.saveDraft(key, "");
  }

  #keepDraft(key: string, text: string): void {
    this.#drafts.set(key, text);
    this.#store.saveDraft(key, text);
  }

  #isScored = (key: string): boolean => this.#cells.has(key);

  #isDone(task: number): boolean {
    return tasksDone([this.view.tasks[task]], this.#isScored) === 1;
  }

  #criterionAt({ task, criterion }: Place): string {
    return this.view.tasks[task].criteria[criterion];
  }

  #keyOf({ task }: Place, criterion: string): string {
    const { itemId, round } = this.view.tasks[task];
    return cellKey(itemId, criterion, round);
  }

  #placeIn(task: number): Place {
    const { itemId, round, criteria } = this.view.tasks[task];
    const open = criteria.findIndex((one) => !this.#isScored(cellKey(itemId, one, round)));
    return { task, criterion: Math.max(0, open) };
  }
}
