// Seeds that an author cannot choose: drawn after the recipe was fixed. Knows no database.

import { z } from "zod";
import { concatBytes, fromHex, utf8 } from "../bytes.ts";
import { sha256 } from "../hash.ts";
import { canonicalDigest } from "./canonical.ts";
import type { Recipe } from "./recipe.ts";

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

export const ticketSchema = z.object({
  id: z.string(),
  account: z.string().describe("Id of the account that took it: its seed is nobody else's."),
  commitment: hex32.describe("SHA-256 of the canonical recipe without its seed."),
  nonce: hex32.describe("Drawn by the board after the commitment came."),
  seed: z.int().min(0).describe("Follows from nonce, commitment and account."),
  issuedAt: z.iso.datetime(),
}).meta({ id: "Ticket", description: "A seed drawn by the board for one recipe of one account." });
export type Ticket = z.output<typeof ticketSchema>;

/** What a ticket was one of. */
export interface TicketCount {
  /** Tickets the account took for this very recipe, before and including this one. */
  number: number;
  /** Tickets it took for this recipe in all. */
  ofRecipe: number;
  /** Tickets it took for any recipe: who changes a digit of a learning rate tries again as well. */
  ofAccount: number;
}

/** SHA-256 of the canonical recipe without its seed, hexadecimal: fixed before a seed is drawn. */
export function recipeCommitment({ seed: _, ...fixed }: Recipe): Promise<string> {
  return canonicalDigest(fixed);
}

/**
 * The first 53 bits, as a big-endian number, of
 * SHA-256("ticket/v1" | nonce, 32 bytes | commitment, 32 bytes | account in UTF-8).
 */
export async function ticketSeed(
  { nonce, commitment, account }: Pick<Ticket, "nonce" | "commitment" | "account">,
): Promise<number> {
  const parts = [utf8("ticket/v1"), fromHex(nonce), fromHex(commitment), utf8(account)];
  const digest = await sha256(concatBytes(parts));
  return Number(new DataView(digest.buffer).getBigUint64(0) >> 11n);
}

/** Whether the ticket is for this recipe and its seed follows from it. */
export async function isTicketOf(ticket: Ticket, recipe: Recipe): Promise<boolean> {
  return ticket.commitment === await recipeCommitment(recipe) && ticket.seed === recipe.seed &&
    ticket.seed === await ticketSeed(ticket);
}
