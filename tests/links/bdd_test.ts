import assert from "node:assert/strict";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";

const order: string[] = [];

describe("a suite", () => {
  beforeAll(() => void order.push("outer before"));
  afterAll(() => void order.push("outer after"));
  beforeEach(() => void order.push("outer each"));
  afterEach(() => void order.push("outer each done"));

  it("opens before its first case", () => {
    assert.deepEqual(order, ["outer before", "outer each"]);
    order.length = 0;
  });

  describe("with a suite inside", () => {
    beforeAll(async () => {
      await Promise.resolve();
      order.push("inner before");
    });
    afterAll(() => void order.push("inner after"));
    beforeEach(() => void order.push("inner each"));
    afterEach(() => void order.push("inner each done"));

    it("runs the outer hooks first", () => {
      assert.deepEqual(order, [
        "outer each done",
        "inner before",
        "outer each",
        "inner each",
      ]);
      order.length = 0;
    });
  });

  it("closes the inner suite after its last case, inner hooks first", () => {
    assert.deepEqual(order, [
      "inner each done",
      "outer each done",
      "inner after",
      "outer each",
    ]);
    order.length = 0;
  });
});

it("closes the outer suite before the next top-level case", () => {
  assert.deepEqual(order, ["outer each done", "outer after"]);
});
