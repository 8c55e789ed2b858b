import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { CounterRandom, STREAM } from "../../lib/corpora/philox.ts";
import {
  agreementOf,
  alphaIntervals,
  coefficientIntervals,
  cohenKappa,
  confusionMatrix,
  krippendorffAlpha,
  METRICS,
  type Pair,
  pairsOf,
  quadraticKappa,
  repeatsOf,
  unitsOf,
} from "../../lib/lab/agreement.ts";
import type { ScoreCell } from "../../lib/lab/types.ts";

const to = (digits: number, value: number | null) => Number(value!.toFixed(digits));

/** Columns are units, rows raters; a dot is no value. */
function units(...rows: string[]): number[][] {
  const values = rows.map((row) => row.split(" "));
  return values[0].map((_, unit) =>
    values.map((row) => row[unit]).filter((value) => value !== ".").map(Number)
  );
}

/** From a table of counts. */
function pairs(counts: number[][], levels: number[]): Pair[] {
  return counts.flatMap((row, i) =>
    row.flatMap((count, j) =>
      Array.from({ length: count }, (_, n) => ({
        itemId: `${i} ${j} ${n}`,
        criterion: "A",
        a: levels[i],
        b: levels[j],
      }))
    )
  );
}

describe("Cohen's κ", () => {
  it("is that of Cohen's table of 200 diagnoses", () => {
    // Cohen 1960; margins 100, 60, 40 and 120, 60, 20: (0.70 − 0.41) / 0.59.
    const table = [[88, 10, 2], [14, 40, 6], [18, 10, 12]];
    assert.equal(to(3, cohenKappa(table)), 0.492);
    // By hand: observed 40·1 + 20·4 of 200, expected 1.1 a pair.
    assert.equal(to(4, quadraticKappa(table, [0, 1, 2])), to(4, 1 - 0.6 / 1.1));
    // The scale of the levels does not matter, their distances do.
    assert.equal(to(10, quadraticKappa(table, [0, 0.5, 1])), to(10, 1 - 0.6 / 1.1));
  });

  it("is 0.4 for 50 proposals read by two, 0 for chance and −1 for the contrary", () => {
    assert.equal(to(10, cohenKappa([[20, 5], [10, 15]])), 0.4);
    assert.equal(to(10, cohenKappa([[25, 25], [25, 25]])), 0);
    assert.equal(cohenKappa([[0, 10], [10, 0]]), -1);
  });

  it("tells nothing where both always say the same, or nothing", () => {
    assert.equal(cohenKappa([[7, 0], [0, 0]]), null);
    assert.equal(cohenKappa([[0, 0], [0, 0]]), null);
  });
});

describe("Krippendorff's α", () => {
  it("is that of his example of four observers and twelve units", () => {
    // Krippendorff 2011, section D.
    const data = units(
      "1 2 3 3 2 1 4 1 2 . . .",
      "1 2 3 3 2 2 4 1 2 5 . 3",
      ". 3 3 3 2 3 4 2 2 5 1 .",
      "1 2 3 3 2 4 4 1 2 5 1 .",
    );
    assert.equal(to(3, krippendorffAlpha(data, "nominal")), 0.743);
    assert.equal(to(3, krippendorffAlpha(data, "ordinal")), 0.815);
    assert.equal(to(3, krippendorffAlpha(data, "interval")), 0.849);
  });

  it("is that of the example of three coders with many gaps", () => {
    const data = units(
      ". . . . . 3 4 1 2 1 1 3 3 . 3",
      "1 . 2 1 3 3 4 3 . . . . . . .",
      ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
    );
    assert.equal(to(3, krippendorffAlpha(data, "nominal")), 0.691);
    assert.equal(to(3, krippendorffAlpha(data, "interval")), 0.811);
  });

  it("tells nothing of units that one alone scored, or of equal values", () => {
    assert.equal(krippendorffAlpha([[1], [0]], "nominal"), null);
    assert.equal(krippendorffAlpha([[1, 1], [1, 1]], "interval"), null);
  });
});

describe("intervals of coefficients", () => {
  /** Of κ for large samples (Fleiss, Cohen & Everitt 1969), independent pairs. */
  function standardError(table: number[][]): number {
    const n = table.flat().reduce((sum, count) => sum + count, 0);
    const p = table.map((row) => row.map((count) => count / n));
    const rows = p.map((row) => row.reduce((x, y) => x + y));
    const columns = p.map((_, j) => p.reduce((sum, row) => sum + row[j], 0));
    const expected = rows.reduce((sum, row, i) => sum + row * columns[i], 0);
    const kappa = cohenKappa(table)!;
    let spread = -((kappa - expected * (1 - kappa)) ** 2);
    p.forEach((row, i) =>
      row.forEach((share, j) => {
        spread += i === j
          ? share * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2
          : share * ((1 - kappa) * (columns[i] + rows[j])) ** 2;
      })
    );
    return Math.sqrt(spread / n) / (1 - expected);
  }

  it("are as wide as the formula for large samples says, where pairs are independent", () => {
    // Cohen 1960, and the table of Fleiss, Levin & Paik 2003, chapter 18: κ 0.68, error 0.087.
    const fleiss = [[75, 1, 4], [5, 4, 1], [0, 0, 10]];
    assert.equal(to(2, cohenKappa(fleiss)), 0.68);
    assert.equal(to(3, standardError(fleiss)), 0.088);
    for (const table of [[[88, 10, 2], [14, 40, 6], [18, 10, 12]], fleiss]) {
      const [low, high] = coefficientIntervals(pairs(table, [0, 1, 2]), [0, 1, 2]).kappa!;
      const half = 1.96 * standardError(table), kappa = cohenKappa(table)!;
      assert.ok(low < kappa && kappa < high);
      assert.ok(Math.abs((high - low) / 2 / half - 1) < 0.1, `${high - low} for ${2 * half}`);
    }
  });

  it("draw completions as a whole: of two that contradict each other anything may come", () => {
    const pair = (itemId: string, a: number, b: number) => ({ itemId, criterion: "A", a, b });
    // Twice the first: κ = 1. Twice the second: −1. Each is one resample in four.
    const list = [pair("1", 0, 0), pair("1", 1, 1), pair("2", 0, 1), pair("2", 1, 0)];
    const { kappa, quadratic, alpha } = coefficientIntervals(list, [0, 1]);
    assert.deepEqual([kappa, quadratic], [[-1, 1], [-1, 1]]);
    // Of the second twice by hand: eight values, four of each, 1 − 7 · 4 / (4 · 4).
    assert.deepEqual(alpha!.map((end) => to(10, end)), [-0.75, 1]);
  });

  it("are those of coefficients computed anew for each resample", () => {
    const table = pairs([[5, 2, 0], [3, 6, 1], [0, 2, 4]], [0, 0.5, 1]).map((pair, at) => ({
      ...{ ...pair, itemId: String(at % 7) },
    }));
    const units = table.map(({ itemId, a, b }, at) => ({
      ...{ itemId, values: at % 3 === 0 ? [a, b, b] : [a, b] },
    }));
    const ids = [...new Set(table.map(({ itemId }) => itemId))];
    const anew = Array.from({ length: 1000 }, (_, step) => {
      const random = new CounterRandom(0x1ab, { stream: STREAM.bootstrap, step, row: 0 });
      const drawn = ids.map(() => ids[random.below(ids.length)]);
      const list = drawn.flatMap((id) => table.filter(({ itemId }) => itemId === id));
      const values = drawn.flatMap((id) => units.filter(({ itemId }) => itemId === id))
        .map((unit) => unit.values);
      const counts = confusionMatrix(list, [0, 0.5, 1]);
      return [
        cohenKappa(counts)!,
        quadraticKappa(counts, [0, 0.5, 1])!,
        krippendorffAlpha(list.map(({ a, b }) => [a, b]), "interval")!,
        krippendorffAlpha(values, "ordinal")!,
      ];
    });
    const ends = [0, 1, 2, 3].map((which) => {
      const sorted = anew.map((values) => values[which]).sort((x, y) => x - y);
      return [to(10, sorted[24]), to(10, sorted[975])];
    });
    const { kappa, quadratic, alpha } = coefficientIntervals(table, [0, 0.5, 1]);
    const found = [kappa, quadratic, alpha, alphaIntervals(units)[METRICS.indexOf("ordinal")]];
    assert.deepEqual(found.map((interval) => interval!.map((end) => to(10, end))), ends);
  });

  it("are none where too many resamples say nothing, or for one completion", () => {
    const pair = (itemId: string, a: number, b: number) => ({ itemId, criterion: "A", a, b });
    const rare = [pair("1", 1, 1), pair("2", 1, 1), pair("3", 0, 1)];
    assert.equal(coefficientIntervals(rare, [0, 1]).kappa, null);
    const alone = [pair("1", 1, 1), pair("1", 0, 1)];
    assert.deepEqual(coefficientIntervals(alone, [0, 1]), {
      ...{ kappa: null, quadratic: null, alpha: null },
    });
    assert.deepEqual(alphaIntervals([]), [null, null, null]);
  });
});

describe("agreement", () => {
  const cell = (raterId: string, itemId: string, value: number, round = 0): ScoreCell => ({
    ...{ itemId, criterion: "A", raterId, round, value, note: null, judgeShown: false },
  });

  it("pairs what both scored the first time, and repeats with the first", () => {
    const one = [cell("r", "1", 0), cell("r", "2", 1), cell("r", "1", 1, 1)];
    const other = [cell("s", "1", 0.5), cell("s", "3", 1)];
    assert.deepEqual(pairsOf(one, other).map(({ itemId, a, b }) => [itemId, a, b]), [[
      "1",
      0,
      0.5,
    ]]);
    assert.deepEqual(repeatsOf(one, 1).map(({ a, b }) => [a, b]), [[0, 1]]);
    const values = unitsOf([...one, ...other]).map((unit) => unit.values);
    assert.deepEqual(values.toSorted(), [[0, 0.5], [1], [1]]);
  });

  it("says who is milder, by how much, and how sure that is", () => {
    const { bias, equal } = agreementOf(pairs([[10, 30], [0, 10]], [0, 1]), [0, 1]);
    assert.deepEqual([bias.sum / bias.count, equal.sum / equal.count], [0.6, 0.4]);
    assert.ok(bias.interval![0] > 0 && bias.interval![0] < 0.6 && bias.interval![1] > 0.6);
  });

  it("draws the scores of one completion together", () => {
    const apart = pairs([[50, 50], [0, 0]], [0, 1]);
    const together = apart.map((pair, at) => ({ ...pair, itemId: String(at % 2 + 2 * (at >> 5)) }));
    const width = ([low, high]: [number, number]) => high - low;
    const few = agreementOf(together, [0, 1]).equal.interval!;
    const many = agreementOf(apart, [0, 1]).equal.interval!;
    assert.ok(width(few) > width(many));
  });

  it("is the same whoever is named first", () => {
    const level = fc.constantFrom(0, 0.5, 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(level, level), { minLength: 1, maxLength: 40 }), (list) => {
        const there = list.map(([a, b], at) => ({ itemId: String(at), criterion: "A", a, b }));
        const back = there.map((pair) => ({ ...pair, a: pair.b, b: pair.a }));
        const one = agreementOf(there, [0, 0.5, 1]), other = agreementOf(back, [0, 0.5, 1]);
        for (const coefficient of ["kappa", "quadratic", "alpha"] as const) {
          const [here, back] = [one[coefficient], other[coefficient]];
          assert.equal(here === null, back === null);
          assert.ok(Math.abs((here ?? 0) - (back ?? 0)) < 1e-9, coefficient);
        }
        assert.equal(
          confusionMatrix(there, [0, 0.5, 1]).flat().reduce((x, y) => x + y),
          list.length,
        );
      }),
    );
  });
});
