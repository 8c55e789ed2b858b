// States of one seeded run that a replay kept, and what two visitors said of its parts.

import type { Services } from "../../lib/services.ts";
import { jsonb } from "../../lib/storage/json.ts";
import { holdStates, noteState } from "../../lib/verification/kept_store.ts";
import { CHROME, FIREFOX, newKey, signed, statementOf } from "../support/visitor.ts";
import { EXAMPLE_CHAIN, EXAMPLE_RECIPE } from "./example_run.ts";

export async function seedSegments(
  { db, blobs }: Pick<Services, "db" | "blobs">,
  entryId: string,
  now: Date,
): Promise<void> {
  for (const leaf of [3, 6, 9]) {
    const stored = await blobs.putBytes(new TextEncoder().encode(`state of leaf ${leaf}`));
    const state = { leaf, sha256: stored.digest, byteLength: stored.byteLength };
    await db.transaction().execute(async (trx) => {
      await trx.insertInto("blob")
        .values({ digest: stored.digest, byte_length: stored.byteLength }).execute();
      await noteState(trx, entryId, state);
      await holdStates(trx, entryId, [state]);
    });
  }
  const opening = { weights: "a".repeat(64), m: "b".repeat(64), v: "c".repeat(64), loss: 1 };
  const run = {
    ...{ recipe: EXAMPLE_RECIPE, chain: EXAMPLE_CHAIN },
    openings: EXAMPLE_CHAIN.leaves.map(() => opening),
  };
  const said = [
    { from: 0, to: 3, verifier: CHROME, divergentStep: null },
    { from: 3, to: 6, verifier: CHROME, divergentStep: null },
    { from: 9, to: 12, verifier: FIREFOX, divergentStep: 5000 },
  ];
  for (const { from, to, verifier, divergentStep } of said) {
    const key = await newKey();
    const statement = await statementOf({
      ...{ entry: entryId, nonce: "d".repeat(64), run, verifier, divergentStep },
      segment: { from, to },
    });
    const { envelope } = await signed(statement, key);
    await db.insertInto("segment_confirmation").values({
      ...{ id: `part-${from}`, entry_id: entryId, from_leaf: from, to_leaf: to },
      ...{ keyid: key.keyid, public_key: key.publicKey, envelope: jsonb(envelope) },
      verdict: divergentStep === null ? "exact" : "mismatch",
      first_divergent_step: divergentStep,
      ...{ engine_family: verifier.engineFamily, isa: verifier.isa, runtime: verifier.runtime },
      created_at: new Date(now.getTime() - 3_600_000),
    }).execute();
  }
}
