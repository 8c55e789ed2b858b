// Keys and histories of keys for tests, made without a server.

import type { Recipe } from "../../lib/verification/recipe.ts";
import {
  recipeCommitment,
  type Ticket,
  type TicketCount,
  ticketSeed,
} from "../../lib/verification/ticket.ts";
import { toBase64 } from "../../lib/bytes.ts";
import { keyIdOf, type SigningKey } from "../../lib/verification/dsse.ts";
import { announce, type PublishedKey } from "../../lib/verification/signing_key.ts";

export async function makeKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign"]) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { keyid: await keyIdOf(raw), publicKey: toBase64(raw), privateKey: pair.privateKey };
}

/** As a board publishes it. */
export async function published(
  key: SigningKey,
  { from, until = null, previous = null }: {
    from: string;
    until?: string | null;
    previous?: SigningKey | null;
  },
): Promise<PublishedKey> {
  return {
    keyid: key.keyid,
    publicKey: key.publicKey,
    ...{ from, until },
    announcement: await announce(key, new Date(from), previous),
  };
}

/** The recipe with a seed that was drawn for Ada's account, and the ticket as a report holds it. */
export async function ticketed(
  free: Recipe,
): Promise<{ recipe: Recipe; ticket: Ticket & TicketCount }> {
  const drawn = {
    ...{ account: "ada", nonce: "12".repeat(32), commitment: await recipeCommitment(free) },
  };
  const seed = await ticketSeed(drawn);
  const counts = { number: 2, ofRecipe: 3, ofAccount: 5 };
  const ticket = { ...drawn, id: "t1", seed, issuedAt: "2026-11-01T00:00:00.000Z", ...counts };
  return { recipe: { ...free, seed }, ticket };
}
