import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { levelKeys, levelOfKey } from "../../components/score_keys.ts";
import { type AnswerStore, ScoringSession } from "../../components/scoring_session.ts";
import type { ScoreEventDraft } from "../../lib/lab/schema.ts";
import type { ScoringView } from "../../lib/lab/scoring/view.ts";

const VIEW: ScoringView = {
  set: { id: "s", name: "S" },
  rater: { id: "r", name: "R" },
  levels: [0, 0.5, 1],
  criteria: [
    { id: "a", category: "Plot", code: "A", text: "" },
    { id: "b", category: "Plot", code: "B", text: "" },
  ],
  items: {
    x: { prompt: "", completion: "" },
    y: { prompt: "", completion: "" },
    z: { prompt: "", completion: "" },
  },
  tasks: ["x", "y", "z"].map((itemId) => ({ itemId, criteria: ["a", "b"], round: 0 as const })),
  cells: [{ itemId: "x", criterion: "a", round: 0, value: 1, note: null }],
};

class Store implements AnswerStore {
  waiting: ScoreEventDraft[] = [];
  drafts = new Map<string, string>();
  add(event: ScoreEventDraft): void {
    this.waiting.push(event);
  }
  saveDraft(cell: string, text: string): void {
    this.drafts.set(cell, text);
  }
  get told() {
    return this.waiting.map(({ itemId, criterion, value, note }) =>
      note === null ? [itemId, criterion, value] : [itemId, criterion, value, note]
    );
  }
}

describe("a rater's way through a set", () => {
  let store: Store;
  let nowMs: number;
  const open = (start: number | null = null, view = VIEW) =>
    new ScoringSession(view, store, { drafts: new Map(store.drafts), start, nowMs: () => nowMs });
  beforeEach(() => {
    store = new Store();
    nowMs = 0;
  });

  it("begins where the first score is missing, and goes on from criterion to item", () => {
    const session = open();
    assert.deepEqual(session.place, { task: 0, criterion: 1 });
    session.answer(0.5);
    assert.deepEqual(session.place, { task: 1, criterion: 0 });
    assert.equal(session.done, 1);
    session.answer(0);
    session.answer(1);
    assert.deepEqual(session.place, { task: 2, criterion: 0 });
    assert.deepEqual(store.told, [["x", "b", 0.5], ["y", "a", 0], ["y", "b", 1]]);
  });

  it("comes back to what was skipped, and ends when nothing is missing", () => {
    const session = open();
    session.move(1);
    for (const level of [1, 1, 0, 0]) session.answer(level);
    assert.deepEqual(session.place, { task: 0, criterion: 1 });
    session.answer(1);
    assert.equal(session.place, null);
    assert.equal(session.done, 3);
    session.undo();
    assert.deepEqual(session.place, { task: 0, criterion: 1 });
    assert.equal(session.done, 2);
  });

  it("takes back the last answer, or the change of one", () => {
    const session = open(1);
    session.answer(0, "a");
    assert.equal(store.waiting[0].value, 0);
    session.undo();
    assert.equal(store.waiting[1].value, 1);
    assert.equal(session.given("a"), 1);
    session.answer(0.5, "b");
    session.undo();
    assert.equal(store.waiting[3].value, null);
    assert.equal(session.given("b"), undefined);
    session.undo();
    assert.equal(store.waiting.length, 4);
  });

  it("goes on from what the server does not have yet", () => {
    open().answer(0.5);
    const again = open();
    assert.deepEqual(again.place, { task: 1, criterion: 0 });
    assert.equal(again.done, 1);
  });

  it("keeps a remark as it is typed, and sends it with its score", () => {
    open().typeNote("hm");
    const session = open();
    assert.equal(session.note, "hm");
    session.answer(1);
    assert.deepEqual(store.told, [["x", "b", 1, "hm"]]);
    assert.equal(session.note, "");
    session.move(-1);
    session.typeNote("oh");
    session.keepNote();
    assert.deepEqual(store.told.at(-1), ["x", "a", 1, "oh"]);
  });

  it("leaves a remark where it was typed when its score is taken back", () => {
    const session = open();
    session.typeNote("hm");
    session.answer(1);
    session.undo();
    assert.equal(session.note, "hm");
    assert.deepEqual([...store.drafts], [["x\nb\n0", "hm"]]);
    session.answer(0);
    assert.deepEqual(store.told.at(-1), ["x", "b", 0, "hm"]);
  });

  it("tells the pace of the last two minutes", () => {
    const tasks = Array.from({ length: 40 }, (_, i) => ({
      ...{ itemId: `i${i}`, criteria: ["a"], round: 0 as const },
    }));
    const session = open(null, { ...VIEW, tasks, cells: [] });
    for (let i = 0; i < 30; i++) {
      session.answer(1);
      nowMs += 1000;
    }
    assert.equal(session.pace, 60);
    session.undo();
    session.answer(0);
    assert.equal(Math.round(session.pace!), 58);
    nowMs += 120_000;
    assert.equal(session.pace, null);
  });
});

describe("the keys of scores", () => {
  it("are under the right hand, and digits", () => {
    assert.deepEqual(levelKeys([0, 0.5, 1]), ["j", "k", "l"]);
    const given = ["j", "K", "l", "0", "5", "1", "2", "x"].map((key) =>
      levelOfKey(key, [0, 0.5, 1])
    );
    assert.deepEqual(given, [0, 0.5, 1, 0, 0.5, 1, null, null]);
    assert.equal(levelOfKey("d", [1, 2, 3, 4, 5]), 3);
    assert.equal(levelOfKey("4", [1, 2, 3, 4, 5]), 4);
  });
});
