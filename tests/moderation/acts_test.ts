import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { actsFor, effectOf, ENTRY_ACTS } from "../../lib/moderation/acts.ts";

const state = { visibility: "public", featured: false, openFlags: 0 } as const;

describe("acts of moderators", () => {
  it("are those there is something to do for", () => {
    assert.deepEqual(actsFor(state), ["hide", "feature"]);
    assert.deepEqual(actsFor({ ...state, featured: true }), ["hide", "unfeature"]);
    assert.deepEqual(actsFor({ ...state, visibility: "held" }), ["promote", "hide"]);
    assert.deepEqual(actsFor({ ...state, visibility: "hidden" }), ["unhide"]);
    assert.deepEqual(actsFor({ ...state, openFlags: 1 }), ["hide", "feature", "dismiss"]);
  });

  it("lead from every state to one where the same act has nothing to do", () => {
    for (const visibility of ["public", "held", "hidden"] as const) {
      for (const featured of [false, true]) {
        const before = { visibility, featured, openFlags: 2 };
        for (const act of actsFor(before)) {
          const { change, answersFlags } = effectOf(act);
          const after = { ...before, ...change, ...(answersFlags && { openFlags: 0 }) };
          assert.ok(!actsFor(after).includes(act), `${act} of ${JSON.stringify(before)}`);
        }
      }
    }
  });

  it("never leave something hidden or held featured", () => {
    for (const act of ENTRY_ACTS) {
      const { change } = effectOf(act);
      if (change.visibility === "hidden") assert.equal(change.featured, false, act);
    }
  });
});
