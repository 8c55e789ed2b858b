import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { compareRankable } from "../../lib/leaderboard/rank.ts";
import {
  type Axis,
  EntryNumbers,
  type RankedChange,
  type RankedNumbers,
  RankIndex,
} from "../../lib/leaderboard/rank_index.ts";

/** Few different values: ties everywhere. */
const small = fc.integer({ min: 0, max: 4 });
const numbers = fc.record({
  bestFirst: fc.oneof(small, fc.constant(Infinity)),
  parameters: small,
  trainingFlops: fc.option(small),
  createdUs: small,
});
const changesOf = (ids: number, length: { minLength: number; maxLength: number }) =>
  fc.array(
    fc.tuple(fc.integer({ min: 0, max: ids }), fc.option(numbers, { freq: 3 })),
    { ...length, size: "max" },
  );

/** The last of each entry, as one reading of the table gives them. */
function asChanges(drawn: [number, Omit<RankedNumbers, "entryId"> | null][]): RankedChange[] {
  return [...new Map(drawn)].map(([i, found]) => [
    `e${i}`,
    found && { entryId: `e${i}`, ...found },
  ]);
}

/** Of a list, by definition. */
function expected(all: Map<string, RankedNumbers>) {
  const order = compareRankable(true);
  const rankable = (row: RankedNumbers) => ({
    ...row,
    score: row.bestFirst === Infinity ? 99 : row.bestFirst,
    createdAt: new Date(row.createdUs),
  });
  const rows = [...all.values()].sort((a, b) => order(rankable(a), rankable(b)));
  const front = (axis: Axis) =>
    rows.filter((row) =>
      row[axis] !== null &&
      !rows.some((other) =>
        other !== row && other[axis] !== null && other[axis] <= row[axis]! &&
        other.bestFirst <= row.bestFirst &&
        (other[axis] < row[axis]! || other.bestFirst < row.bestFirst ||
          other.createdUs < row.createdUs ||
          (other.createdUs === row.createdUs && other.entryId < row.entryId))
      )
    );
  return { rows, front };
}

function holds(index: RankIndex, all: Map<string, RankedNumbers>): void {
  const { rows, front } = expected(all);
  assert.equal(index.total, rows.length);
  assert.deepEqual(index.leading(rows.length + 1), rows.map(({ entryId }) => entryId));
  rows.forEach((row, i) => {
    assert.deepEqual(index.at(i + 1), row);
    assert.equal(index.placeOf(row.entryId), i + 1);
    const better = rows.filter(({ bestFirst }) => bestFirst < row.bestFirst).length;
    assert.equal(index.rankOf(row.bestFirst), better + 1);
  });
  assert.deepEqual([index.at(0), index.at(rows.length + 1)], [null, null]);
  for (const score of [-1, 0, 1.5, 2, Infinity]) {
    const asGood = rows.filter(({ bestFirst }) => bestFirst <= score).length;
    assert.equal(index.atLeastAsGood(score), asGood);
  }
  for (const axis of ["parameters", "trainingFlops", "createdUs"] as const) {
    const scores = (front: RankedNumbers[]) => front.map(({ entryId }) => entryId);
    assert.deepEqual(scores(index.front(axis)), scores(front(axis)), axis);
  }
}

describe("the rank index", () => {
  it("gives places, ranks and fronts by definition, after any changes", () => {
    fc.assert(
      fc.property(
        fc.array(changesOf(12, { minLength: 0, maxLength: 8 }), { maxLength: 12, size: "max" }),
        (steps) => {
          const index = new RankIndex(new EntryNumbers());
          const all = new Map<string, RankedNumbers>();
          for (const changes of steps.map(asChanges)) {
            index.apply(changes);
            for (const [id, found] of changes) found ? all.set(id, found) : all.delete(id);
            holds(index, all);
          }
        },
      ),
    );
  });

  const many = changesOf(900, { minLength: 700, maxLength: 1200 });

  it("gives the same when so much changes that it sorts anew", () => {
    fc.assert(
      fc.property(many, many, (first, second) => {
        const index = new RankIndex(new EntryNumbers());
        const all = new Map<string, RankedNumbers>();
        for (const changes of [first, second].map(asChanges)) {
          index.apply(changes);
          for (const [id, found] of changes) found ? all.set(id, found) : all.delete(id);
        }
        assert.deepEqual(
          index.leading(all.size + 1),
          expected(all).rows.map(({ entryId }) => entryId),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("shares the numbers of entries with other boards and keeps the boards apart", () => {
    const entries = new EntryNumbers();
    const [one, other] = [new RankIndex(entries), new RankIndex(entries)];
    const row = { entryId: "b", bestFirst: 1, parameters: 1, trainingFlops: 1, createdUs: 1 };
    one.apply([["a", { ...row, entryId: "a" }]]);
    other.apply([["b", row]]);
    assert.deepEqual([one.total, other.total, entries.ids], [1, 1, ["a", "b"]]);
    assert.deepEqual([one.placeOf("b"), other.placeOf("a")], [null, null]);
    other.clear();
    assert.deepEqual([one.total, other.total, other.placeOf("b")], [1, 0, null]);
  });
});
