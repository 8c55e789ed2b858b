import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Services } from "../../lib/services.ts";
import { jsonb } from "../../lib/storage/json.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { takeConfirmation } from "../../lib/verification/confirm.ts";
import { drawChallenge } from "../../lib/verification/confirmation_store.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { EXAMPLE_RECIPE } from "../routes/example_run.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import { testServices } from "../support/services.ts";
import { inventedRun, newKey, signed, statementOf } from "../support/visitor.ts";

for (const backend of testBackends()) {
  describe(`confirmations on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeAll(async () => {
      opened = await backend.open();
      services = await testServices(opened);
    });
    afterAll(async () => {
      await services.close();
      await opened.close();
      await backend.close();
    });

    it("that one key sends several times at the same time are one", async () => {
      const { db } = services;
      const run = await inventedRun(EXAMPLE_RECIPE);
      const { id } = await addEntry(db, {
        ...{ provenance: "exact", exact_count: 1, model_digest: "a".repeat(64) },
        recipe_hash: await recipeHash(run.recipe),
        ...{ recipe: jsonb(run.recipe), chain: jsonb(run.chain), training_flops: 1e9 },
      });
      const entry = (await getEntry(db, id))!;
      const key = await newKey();
      const sent = await Promise.all(Array.from({ length: 8 }, async () => {
        const { nonce } = await drawChallenge(db, id, services.now());
        return await signed(await statementOf({ entry: id, nonce, run }), key);
      }));
      const taken = await Promise.all(sent.map((one) => takeConfirmation(services, entry, one)));
      assert.equal(taken.filter(({ added }) => added).length, 1);
      assert.equal(new Set(taken.map(({ confirmation }) => confirmation.id)).size, 1);
    });
  });
}
