import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { lossPoints } from "../../components/LossCurve.tsx";

describe("the loss history of a header", () => {
  it("keeps only points that a curve can be drawn through", () => {
    const points = [[0, 5], [1, 1e308], [2, 4], [2, 3], [1, 2], [3, -1], [4.5, 1], [6, 1], [7, NaN]]
      .map(([step, loss]) => ({ step, loss }));
    assert.deepEqual(lossPoints([null, "x", ...points]).map(({ step }) => step), [0, 2, 6]);
    assert.deepEqual(lossPoints({ length: 1e9 }), []);
  });

  it("tells the dev set's loss from that of training", () => {
    const history = [{ step: 1, loss: 5 }, { step: 2, loss: 4 }, { step: 2, dev: 4.5 }];
    assert.deepEqual(lossPoints(history), [{ step: 1, loss: 5 }, { step: 2, loss: 4 }]);
    assert.deepEqual(lossPoints(history, "dev"), [{ step: 2, loss: 4.5 }]);
  });
});
