import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Act, ACTS, type Caller, may, mustBeAllowed } from "../../lib/accounts/caller.ts";
import { AuthenticationError, PermissionError } from "../../lib/errors.ts";

function caller(role: Caller["account"]["role"], scopes: Caller["scopes"] = null): Caller {
  return { account: { id: "a", name: "ada", role }, scopes };
}

const acts = (asked: Caller | null) =>
  (Object.keys(ACTS) as Act[]).filter((act) => may(asked, act));

describe("what a caller may do", () => {
  it("follows from the role in a session", () => {
    assert.deepEqual(acts(null), []);
    assert.deepEqual(acts(caller("author")), ["submit"]);
    assert.deepEqual(acts(caller("editor")), ["submit", "moderate"]);
    assert.deepEqual(acts(caller("admin")), ["submit", "work", "moderate", "administer"]);
  });

  it("is narrowed by the scopes of a key and never widened", () => {
    assert.deepEqual(acts(caller("admin", ["submit"])), ["submit"]);
    assert.deepEqual(acts(caller("admin", ["worker"])), ["work"]);
    assert.deepEqual(acts(caller("admin", [])), []);
    assert.deepEqual(acts(caller("author", ["submit", "worker", "admin"])), ["submit"]);
  });

  it("is refused with what is missing", () => {
    assert.throws(() => mustBeAllowed(null, "submit"), AuthenticationError);
    assert.throws(() => mustBeAllowed(caller("author"), "moderate"), (error: PermissionError) => {
      assert.ok(error instanceof PermissionError);
      assert.match(error.message, /role "editor"/);
      return true;
    });
    assert.throws(() => mustBeAllowed(caller("admin", ["submit"]), "work"), /scope "worker"/);
    assert.equal(mustBeAllowed(caller("author"), "submit").name, "ada");
  });
});
