import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { splitAtPages } from "../../components/Problem.tsx";

describe("how to mend a refusal", () => {
  for (
    const parts of [
      ["See ", "/lab", " for those we have."],
      ["Decided: ", "/a/b#r1", ""],
      ["", "/engines/ab.wasm", "."],
      ["See /api/v1/engines or /x/{id}."],
      ["Not //evil.example, a/b, /x?y or </b>."],
    ]
  ) {
    it(`has links where it names pages: ${parts.join("")}`, () => {
      assert.deepEqual(splitAtPages(parts.join("")), parts);
    });
  }
});
