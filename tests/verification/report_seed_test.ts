import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import type { Statement } from "../../lib/verification/report.ts";
import { checkSeeds } from "../../lib/verification/report_seed.ts";
import { freshSeeds, seedAuditStatement } from "../../lib/verification/seed_audit.ts";
import { EXAMPLE_RECIPE, exampleStatement } from "../routes/example_run.ts";
import { ticketed } from "./signing.ts";

/** The report of a run whose seed was drawn; `recipe` is that of the run. */
async function drawn(): Promise<{ statement: Statement; recipe: Recipe }> {
  const { recipe, ticket } = await ticketed(EXAMPLE_RECIPE);
  const { predicate, ...statement } = await exampleStatement("exact");
  const facts = { recipe, recipeHash: await recipeHash(recipe), seed: recipe.seed, ticket };
  return { statement: { ...statement, predicate: { ...predicate, ...facts } }, recipe };
}

const changed = ({ predicate, ...statement }: Statement, change: object): Statement =>
  ({ ...statement, predicate: { ...predicate, ...change } }) as Statement;

describe("the seed that a report names", () => {
  it("is computed again from nonce, account and recipe when it was drawn", async () => {
    const { statement } = await drawn();
    assert.deepEqual(await checkSeeds(statement), { kind: "ticket", ofRecipe: true });
    // As reports were before they held the recipe.
    const older = changed(statement, { recipe: undefined });
    assert.deepEqual(await checkSeeds(older), { kind: "ticket", ofRecipe: false });
  });

  it("is free without a ticket, and there is none without a recipe", async () => {
    const { statement } = await drawn();
    assert.deepEqual(await checkSeeds(changed(statement, { ticket: null })), { kind: "free" });
    const none = { recipe: null, recipeHash: null, seed: null, ticket: null };
    assert.deepEqual(await checkSeeds(changed(statement, none)), { kind: "none" });
  });

  it("is false when any of them is another", async () => {
    const { statement, recipe } = await drawn();
    const { ticket } = statement.predicate;
    const another = { ...recipe, steps: recipe.steps + 1 };
    const cases: [object, RegExp][] = [
      [{ ticket: { ...ticket, nonce: "9".repeat(64) } }, /does not follow from its ticket/],
      [{ ticket: { ...ticket, account: "bob" } }, /does not follow from its ticket/],
      [{ ticket: { ...ticket, seed: 1 } }, /does not follow from its ticket/],
      [{ seed: 1 }, /its recipe has another seed/],
      [{ recipe: another }, /its recipe has another hash/],
      [{ recipe: another, recipeHash: await recipeHash(another) }, /drawn for another recipe/],
    ];
    for (const [change, reason] of cases) {
      const check = await checkSeeds(changed(statement, change));
      assert.equal(check.kind, "false", `${reason}`);
      assert.match(Object(check).reason, reason);
    }
  });

  it("is computed again for every run of an audit", async () => {
    const { recipe } = await drawn();
    const [nonce, hash] = ["12".repeat(32), await recipeHash(recipe)];
    const runs = (await freshSeeds(nonce, hash)).map((seed) => ({
      ...{ seed, divergedAt: 1, trainedDigest: null, finalLoss: null, scores: [] },
      ...{ engineDigest: "e", cost: { flops: 1, wallMs: 1 }, startedAt: "", finishedAt: "" },
      verifier: {
        ...{ runtime: "test", engineFamily: "v8" as const, flags: [], isa: "x86_64", threads: 1 },
        selfTestDigest: "",
      },
    }));
    const of = { modelDigest: "a", recipeHash: hash, nonce, ticket: null };
    const audit = seedAuditStatement({ ...of, runs });
    assert.deepEqual(await checkSeeds(audit), { kind: "fresh" });
    runs[2].seed += 1;
    assert.match(
      Object(await checkSeeds(seedAuditStatement({ ...of, runs }))).reason,
      /do not follow from its nonce/,
    );
  });
});
