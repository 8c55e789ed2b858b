import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { fuzz } from "../../prove/fuzz/main.ts";
import { mutatedFile } from "../../prove/fuzz/mutations.ts";

describe("hostile files by number", () => {
  it("are read or refused, for many reasons, all of the first 4,000", () => {
    const { read, refused, reasons, failures } = fuzz({ seed: 1, first: 0, cases: 4000 });
    assert.deepEqual(failures, []);
    assert.equal(read + refused, 4000);
    assert.ok(read > 100 && reasons > 60, `${read} read, ${reasons} reasons`);
  });

  it("are the same bytes for the same number, and others for another", () => {
    assert.deepEqual(mutatedFile(1, 77), mutatedFile(1, 77));
    assert.notDeepEqual(mutatedFile(1, 77), mutatedFile(1, 78));
    assert.notDeepEqual(mutatedFile(1, 77), mutatedFile(2, 77));
  });
});
