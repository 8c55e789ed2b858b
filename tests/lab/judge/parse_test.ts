import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { readVerdicts } from "../../../lib/lab/judge/parse.ts";
import { judgement } from "../../support/judge_server.ts";

const LEVELS = [0, 0.5, 1];

function scores(text: string, labels = ["A"]): number[] | string {
  const reading = readVerdicts(text, labels, LEVELS);
  return "verdicts" in reading ? reading.verdicts.map(({ score }) => score) : reading.unreadable;
}

describe("what a judge wrote", () => {
  it("is read as the published template asks for it", () => {
    const text = `Here it is.\n${judgement({ B: "[0.5]", A: "1.0", C: " 0 " })}\nDone.`;
    assert.deepEqual(scores(text, ["A", "B", "C"]), [1, 0.5, 0]);
  });

  it("is read as JSON, bare or fenced", () => {
    assert.deepEqual(scores('```json\n{"A": {"score": 0.5, "explanation": "x"}}\n```'), [0.5]);
    assert.deepEqual(scores('{"A": 1}'), [1]);
  });

  for (const [said, score] of [["½", 0.5], ["0.5/1.0", 0.5], ["1/1", 1]] as const) {
    it(`may say ${said}`, () => assert.deepEqual(scores(judgement({ A: said })), [score]));
  }

  for (const said of ["0.75", "-1", "2", "0.5 or 1", "1e0", "NaN", "0.5/2", ""]) {
    it(`may not say ${JSON.stringify(said)}`, () => {
      assert.match(String(scores(judgement({ A: said }))), /none of 0, 0.5, 1/);
    });
  }

  it("counts as it stands last, where a judge began again", () => {
    assert.deepEqual(scores(judgement({ A: 0 }) + judgement({ A: 1 })), [1]);
  });

  it("is unreadable as a whole when one criterion is missing", () => {
    assert.equal(scores(judgement({ A: 1 }), ["A", "B"]), "criterion B has no score");
  });

  it("never throws, and never gives a score that the rubric has not", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (before, inside) => {
      const found = scores(`${before}<criterion-A-score>${inside}</criterion-A-score>{${inside}}`);
      assert.ok(typeof found === "string" || LEVELS.includes(found[0]));
    }));
  });
});
