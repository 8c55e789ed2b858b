import { afterAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/hash.ts";
import { endedAsStated } from "../../prove/attacks/attack.ts";
import { type AttackResult, ATTACKS, closeSuite, RESULTS } from "../../prove/attacks/suite.ts";
import { engineBinary } from "../support/engine.ts";

const published: { engine: string; attacks: AttackResult[] } = JSON.parse(
  await Deno.readTextFile(RESULTS),
);

describe("the attack", () => {
  afterAll(closeSuite);

  for (const attack of ATTACKS) {
    it(`"${attack.id}" ends as ${attack.expected}`, async () => {
      const found = await attack.run();
      assert.ok(endedAsStated(attack, found), JSON.stringify(found));
    });
  }
});

describe("the published results of the attacks", () => {
  it("are of these attacks and of this engine, and as stated", async () => {
    const stated = ATTACKS.map(({ run: _, ...attack }) => attack);
    const kept = published.attacks.map(({ found: _, asStated: __, ...attack }) => attack);
    assert.deepEqual(kept, stated, "Run: deno task prove attacks");
    assert.equal(published.engine, await sha256Hex(await engineBinary()));
    assert.ok(published.attacks.every((attack) => endedAsStated(attack, attack.found)));
  });
});
