import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { curveGap } from "../../components/LossComparison.tsx";
import { place } from "../../components/MismatchView.tsx";
import { type ModelConfig, tensorSpecs } from "../../lib/format/config.ts";
import { exampleRecipe } from "../verification/example.ts";

describe("two loss curves", () => {
  const curve = (...losses: number[]) => losses.map((loss, i) => ({ step: i + 1, loss }));

  it("are the same only when every loss that both have is, to the bit", () => {
    const claimed = curve(4, 3, 2);
    assert.deepEqual(curveGap({ claimed, recomputed: curve(4, 3) }), {
      ...{ shared: 2, firstStep: null, largest: null },
    });
    const nearly = curve(4, 3 + Number.EPSILON * 2, 2);
    assert.equal(curveGap({ claimed, recomputed: nearly }).firstStep, 2);
  });

  it("part at the first step that differs, and are farthest apart where they are", () => {
    const gap = curveGap({ claimed: curve(4, 3, 2, 1), recomputed: curve(4, 3.5, 1, 1.25) });
    assert.deepEqual(gap, { shared: 4, firstStep: 2, largest: { step: 3, nats: 1 } });
  });

  it("share nothing where no step is in both", () => {
    assert.equal(curveGap({ claimed: [], recomputed: curve(1, 2) }).shared, 0);
    assert.equal(curveGap({ claimed: [{ step: 9, loss: 1 }], recomputed: curve(1) }).shared, 0);
  });
});

const shaped = (model: ModelConfig, dimensions: number) =>
  tensorSpecs(model).find(({ shape }) => shape.length === dimensions)!;
const matrixOf = (model: ModelConfig) => shaped(model, 2);
const vectorOf = (model: ModelConfig) => shaped(model, 1);

describe("the place of a value", () => {
  it("has row and column where the tensor is a matrix", () => {
    const { model } = exampleRecipe();
    assert.equal(place("tokenEmbedding", 17, null), "tokenEmbedding[17]");
    const [matrix, vector] = [matrixOf(model), vectorOf(model)];
    assert.equal(place(matrix.name, matrix.shape[1] + 2, model), `${matrix.name}[1, 2]`);
    assert.equal(place(`${matrix.name} (m)`, 1, model), `${matrix.name} (m)[0, 1]`);
    assert.equal(place(vector.name, 3, model), `${vector.name}[3]`);
    assert.equal(place("nobody", 3, model), "nobody[3]");
  });
});
