// All attacks in the order of the table on /security/attacks, and what became of them.

import { type Attack, endedAsStated, type Found } from "./attack.ts";
import { BOARD_ATTACKS, closeBoard } from "./board.ts";
import { CLAIM_ATTACKS } from "./claims.ts";
import { CONFIRMATION_ATTACKS } from "./confirmations.ts";
import { FILE_ATTACKS } from "./files.ts";
import { closeEngine, openEngine } from "./forge.ts";
import { MODEL_ATTACKS } from "./models.ts";
import { MUTATIONS } from "./mutations.ts";
import { SPOT_CHECK_ATTACKS } from "./spot_checks.ts";

export const ATTACKS: readonly Attack[] = [
  ...CLAIM_ATTACKS,
  ...MUTATIONS,
  ...BOARD_ATTACKS,
  ...SPOT_CHECK_ATTACKS,
  ...CONFIRMATION_ATTACKS,
  ...MODEL_ATTACKS,
  ...FILE_ATTACKS,
];

/** An attack and what became of it. */
export type AttackResult = Omit<Attack, "run"> & { found: Found; asStated: boolean };

/** Closes what the attacks have opened. */
export async function closeSuite(): Promise<void> {
  await closeBoard();
  await closeEngine();
}

/** The results as the page shows them. */
export const RESULTS = new URL("../../data/attacks.json", import.meta.url);

/** `prove attacks`: runs all of them and keeps the results. @returns whether all ended as stated. */
export async function proveAttacks(): Promise<boolean> {
  const { engine: { digest } } = await openEngine();
  const attacks: AttackResult[] = [];
  for (const { run, ...attack } of ATTACKS) {
    const found = await run();
    const asStated = endedAsStated(attack, found);
    console.log(`${asStated ? "ok   " : "WRONG"} ${attack.id}: ${found.outcome} ${found.detail}`);
    attacks.push({ ...attack, found, asStated });
  }
  await closeSuite();
  const at = new Date().toISOString().slice(0, 10);
  await Deno.writeTextFile(
    RESULTS,
    JSON.stringify({ at, engine: digest, attacks }, null, 1) + "\n",
  );
  return attacks.every(({ asStated }) => asStated);
}
