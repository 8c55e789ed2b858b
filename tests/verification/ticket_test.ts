import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { listEvents } from "../../lib/storage/ledger.ts";
import { isTicketOf, recipeCommitment, ticketSeed } from "../../lib/verification/ticket.ts";
import { issueTicket, requireTicket, ticketOf } from "../../lib/verification/ticket_store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { exampleRecipe } from "./example.ts";

const AT = new Date("2026-11-26T12:00:00Z");
const [NONCE, COMMITMENT] = ["12".repeat(32), "ab".repeat(32)];

describe("the seed of a ticket", () => {
  it("is the first 53 bits of a hash that anyone can compute again", async () => {
    const digest = createHash("sha256").update("ticket/v1")
      .update(NONCE, "hex").update(COMMITMENT, "hex").update("ada").digest();
    const expected = Number(digest.readBigUInt64BE() / 2048n);
    const seed = await ticketSeed({ nonce: NONCE, commitment: COMMITMENT, account: "ada" });
    assert.equal(seed, expected);
    assert.ok(Number.isSafeInteger(seed));
  });

  it("depends on nonce, recipe and account, and the commitment on all but the seed", async () => {
    const drawn = { nonce: NONCE, commitment: COMMITMENT, account: "ada" };
    const seeds = await Promise.all([
      drawn,
      { ...drawn, nonce: COMMITMENT },
      { ...drawn, commitment: NONCE },
      { ...drawn, account: "bob" },
    ].map(ticketSeed));
    assert.equal(new Set(seeds).size, 4);
    const recipe = exampleRecipe();
    const commitment = await recipeCommitment(recipe);
    assert.equal(await recipeCommitment({ ...recipe, seed: 7 }), commitment);
    assert.notEqual(await recipeCommitment({ ...recipe, steps: 11 }), commitment);
  });
});

for (const backend of testBackends()) {
  describe(`tickets on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const recipe = exampleRecipe();
    const issue = async (account: string, of = recipe) => {
      const commitment = await recipeCommitment(of);
      return await opened.db.transaction().execute((trx) =>
        issueTicket(trx, { account, commitment }, AT)
      );
    };

    it("are drawn for one account and recipe, and written to the ledger", async () => {
      const ticket = await issue("ada");
      assert.equal(await isTicketOf(ticket, { ...recipe, seed: ticket.seed }), true);
      assert.equal(await isTicketOf(ticket, recipe), false);
      assert.equal(
        await isTicketOf({ ...ticket, account: "bob" }, { ...recipe, seed: ticket.seed }),
        false,
      );
      assert.deepEqual(await requireTicket(opened.db, ticket.id), ticket);
      const [event] = await listEvents(opened.db, { limit: 1 });
      assert.equal(event.kind, "ticket");
      assert.equal(JSON.parse(event.payload).nonce, ticket.nonce);
    });

    it("are found for the account that took them, with how many it took", async () => {
      const [first, second] = [await issue("ada"), await issue("ada")];
      await issue("ada", { ...recipe, steps: 11 });
      await issue("bob");
      const found = await ticketOf(opened.db, "ada", { ...recipe, seed: first.seed });
      assert.deepEqual(found?.ticket, first);
      assert.deepEqual({ ...found?.count, number: 0 }, { number: 0, ofRecipe: 2, ofAccount: 3 });
      const other = await ticketOf(opened.db, "ada", { ...recipe, seed: second.seed });
      assert.deepEqual([found?.count.number, other?.count.number].sort(), [1, 2]);
    });

    it("make nobody else's seed a ticketed one, and no chosen seed", async () => {
      const { seed } = await issue("ada");
      assert.equal(await ticketOf(opened.db, "bob", { ...recipe, seed }), null);
      assert.equal(await ticketOf(opened.db, null, { ...recipe, seed }), null);
      assert.equal(await ticketOf(opened.db, "ada", recipe), null);
      assert.equal(await ticketOf(opened.db, "ada", { ...recipe, steps: 11, seed }), null);
      assert.equal(await ticketOf(opened.db, "ada", null), null);
    });

    it("are not found under an id that nobody has", async () => {
      await assert.rejects(requireTicket(opened.db, "nobody"), /no ticket with this id/);
      await assert.rejects(requireTicket(opened.db, "' or 1=1"), /no ticket with this id/);
    });
  });
}
