import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Curve } from "../../lib/playground/curve.ts";

const pointAt = (step: number) => ({ step, loss: step, gradNorm: 2 * step });

describe("the curve of a run", () => {
  it("has a bounded number of points, at steps that ascend by one span", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (steps) => {
        const curve = new Curve();
        for (let step = 1; step <= steps; step++) curve.add(pointAt(step));
        const { points } = curve;
        assert.ok(points.length <= 256);
        const span = points[0].step;
        assert.deepEqual(points.map(({ step }) => step), points.map((_, i) => (i + 1) * span));
        // Each stands for the steps since the one before, by their mean.
        for (const { step, loss, gradNorm } of points) {
          assert.equal(loss, step - (span - 1) / 2);
          assert.equal(gradNorm, 2 * loss);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("goes on from a checkpoint as if it had not stopped", () => {
    const whole = new Curve(), first = new Curve();
    for (let step = 1; step <= 900; step++) whole.add(pointAt(step));
    for (let step = 1; step <= 700; step++) first.add(pointAt(step));
    const second = new Curve(first.points, 640);
    for (let step = 641; step <= 900; step++) second.add(pointAt(step));
    assert.deepEqual(second.points, whole.points);
  });
});
