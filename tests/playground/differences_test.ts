import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { differences } from "../../lib/playground/differences.ts";

describe("the differences of recipes", () => {
  it("are the fields that are not the same in all, by their paths", () => {
    const base = { steps: 10, model: { layers: 1, arch: { mlp: "gelu" } }, data: [{ weight: 1 }] };
    const other = { ...base, model: { layers: 2, arch: { mlp: "gelu" } }, data: [{ weight: 3 }] };
    assert.deepEqual(differences([base, other, base]), [
      { path: "model.layers", values: ["1", "2", "1"] },
      { path: "data.0.weight", values: ["1", "3", "1"] },
    ]);
  });

  it("tell of a field that only one of them has", () => {
    assert.deepEqual(differences([{ seed: 1 }, { seed: 1, earlyStop: { patience: 3 } }]), [
      { path: "earlyStop.patience", values: ["–", "3"] },
    ]);
    assert.deepEqual(differences([{ seed: 1, muon: undefined }, { seed: 1 }]), []);
  });
});
