import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { csvText } from "../../lib/http/csv.ts";
import { roundHalfEven } from "../../lib/lab/means.ts";
import { readStudy } from "../../lib/lab/tinyscalelab/read.ts";
import { storedStudy } from "../../lib/lab/tinyscalelab/stored.ts";
import { studyTables } from "../../lib/lab/tinyscalelab/study.ts";
import {
  completionsSheet,
  criteriaSheet,
  judgeSheet,
  scoresSheet,
  type Sheet,
} from "../../lib/lab/tinyscalelab/write.ts";
import { publishedFiles } from "../support/lab.ts";

const study = readStudy(await publishedFiles());
const stored = storedStudy(study);
const tables = studyTables(stored);

describe("the published tables", () => {
  it("come out, every figure of every row", () => {
    assert.deepEqual(tables.check, { rows: 47, equalRows: 47, figures: 97, equalFigures: 97 });
    for (const row of tables.paper) assert.ok(row.figures.every(({ equal }) => equal), row.label);
  });

  it("are seen to differ as soon as a single score does", () => {
    const [first, ...rest] = stored.scores;
    const other = { ...first, value: first.value === 1 ? 0 : 1 };
    const { check } = studyTables({ ...stored, scores: [other, ...rest] });
    assert.ok(check.equalRows < 47);
  });

  it("round halves to the even digit, as they do", () => {
    const creativity = tables.categories.find(({ id }) => id === "Creativity")!;
    assert.deepEqual(creativity.figures[0].of, { sum: 12.5, count: 100 });
    assert.deepEqual(
      creativity.figures.map(({ computed }) => computed),
      ["0.12", "0.16", "0.32"],
    );
    assert.equal(roundHalfEven({ sum: 0.5, count: 4 }, 2), 0.12);
    assert.equal(roundHalfEven({ sum: 1.5, count: 4 }, 2), 0.38);
    assert.equal(roundHalfEven({ sum: 2, count: 3 }, 2), 0.67);
  });

  it("are means over all scores, which the mean of the categories is not", () => {
    assert.deepEqual(tables.overall.figures.map(({ of }) => of.count), [450, 450, 450]);
    assert.notEqual(tables.meanOfCategories.figures[0].computed, "0.25");
  });

  it("count the clicks of both runs, and how many contradict the rater's own scores", () => {
    const [first, second] = tables.judges;
    assert.deepEqual(first.overall.of, { sum: 1189, count: 1350 });
    assert.deepEqual(second.overall.of, { sum: 1062, count: 1125 });
    assert.equal(first.overall.published, null);
    assert.deepEqual(first.own, { pairs: 1350, equal: 802, agreed: 1189, agreedAgainstOwn: 409 });
    assert.deepEqual(second.own, { pairs: 1050, equal: 578, agreed: 988, agreedAgainstOwn: 423 });
  });
});

describe("a set written in the layout it was read from", () => {
  const text = ({ header, rows }: Sheet) => csvText(header, rows);
  const byHand = stored.of("human");

  it("has the published columns in their order", async () => {
    const published = (await publishedFiles()).get("2025-04-30-manual-scores.csv")!;
    const { header } = scoresSheet(stored.items, byHand.rubric, byHand.cells);
    assert.equal(header.join(","), published.split("\r\n")[0]);
  });

  it("gives the same values when it is read again", () => {
    const judges = study.raters.filter(({ kind }) => kind === "judge");
    const again = readStudy(
      new Map([
        ["scores.csv", text(scoresSheet(stored.items, byHand.rubric, byHand.cells))],
        ["lm_data.csv", text(completionsSheet(stored.items))],
        ["criteria.csv", text(criteriaSheet(study.rubrics[0]))],
        ...judges.map(({ key }): [string, string] => {
          const { rubric, cells, reviews } = stored.of(key);
          return [
            key.slice("judge ".length),
            text(judgeSheet(stored.items, rubric, cells, reviews)),
          ];
        }),
      ]),
    );
    assert.deepEqual(again.items, study.items);
    assert.deepEqual(again.rubrics.map(({ criteria }) => criteria.length), [17, 18, 15]);
    const sorted = (scores: typeof study.scores) =>
      scores.map((score) => JSON.stringify(score)).sort();
    assert.deepEqual(sorted(again.scores), sorted(study.scores));
    const reviews = (list: typeof study.reviews) => list.map((one) => JSON.stringify(one)).sort();
    assert.deepEqual(reviews(again.reviews), reviews(study.reviews));
  });

  it("computes nothing in a spreadsheet, and comes back as it was", () => {
    const item = { ...stored.items[0], completion: '=cmd|"/C calc"' };
    const sheet = text(completionsSheet([item]));
    assert.match(sheet, /"'=cmd/);
    const files = new Map([["a.csv", sheet], ["criteria.csv", text(criteriaSheet(byHand.rubric))]]);
    assert.equal(readStudy(files).items[0].completion, item.completion);
  });
});
