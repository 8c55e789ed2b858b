import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Caller, Scope } from "../../lib/accounts/caller.ts";
import { nameKey } from "../../lib/accounts/names.ts";
import { corpusSenderOf, senderOf } from "../../lib/accounts/sender.ts";
import { AuthenticationError, PermissionError } from "../../lib/errors.ts";

const account = { id: "a", name: "Ada", role: "author" } as const;
const caller = (scopes: Scope[] | null): Caller => ({ account, scopes });

describe("who sends a submission", () => {
  it("is the account, whose models never wait", () => {
    for (const guests of ["on", "hold", "off"] as const) {
      assert.deepEqual(senderOf(caller(null), guests), { account, held: false });
      assert.deepEqual(senderOf(caller(["submit"]), guests), { account, held: false });
    }
  });

  it("is no account whose key is for something else", () => {
    assert.throws(() => senderOf(caller(["worker"]), "on"), PermissionError);
    assert.throws(() => senderOf(caller([]), "on"), PermissionError);
  });

  it("is a guest, as far as guests may", () => {
    assert.deepEqual(senderOf(null, "on"), { account: null, held: false });
    assert.deepEqual(senderOf(null, "hold"), { account: null, held: true });
    assert.throws(() => senderOf(null, "off"), AuthenticationError);
  });

  it("sends no corpus as a guest where models of guests would wait", () => {
    assert.equal(corpusSenderOf(null, "on"), null);
    assert.throws(() => corpusSenderOf(null, "hold"), AuthenticationError);
    assert.throws(() => corpusSenderOf(null, "off"), AuthenticationError);
    assert.equal(corpusSenderOf(caller(null), "hold"), account);
  });
});

describe("names of accounts", () => {
  it("are the same in any case, width and spacing", () => {
    for (const name of ["Ada L", "ada l", "ＡＤＡ　Ｌ", " Ada   L "]) {
      assert.equal(nameKey(name), "ada l");
    }
    assert.notEqual(nameKey("AdaL"), nameKey("Ada L"));
  });
});
