// Tickets as rows: issuing one, and what is known of the one a recipe was trained with.

import { type Kysely, sql, type Transaction } from "kysely";
import { NotFoundError } from "../errors.ts";
import { isId, randomId } from "../storage/ids.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database, TicketRow } from "../storage/schema.ts";
import { toHex } from "../bytes.ts";
import type { Recipe } from "./recipe.ts";
import { recipeCommitment, type Ticket, type TicketCount, ticketSeed } from "./ticket.ts";

/** Draws a seed for an account's recipe; written to the ledger with the nonce. */
export async function issueTicket(
  trx: Transaction<Database>,
  { account, commitment }: Pick<Ticket, "account" | "commitment">,
  at: Date,
): Promise<Ticket> {
  const nonce = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const drawn = { account, commitment, nonce };
  const ticket = { ...drawn, id: randomId(), seed: await ticketSeed(drawn) };
  await trx.insertInto("ticket").values({
    id: ticket.id,
    account_id: account,
    ...{ commitment, nonce, seed: ticket.seed, created_at: at },
  }).execute();
  await appendEvent(trx, "ticket", ticket, at);
  return { ...ticket, issuedAt: at.toISOString() };
}

/** @throws {NotFoundError} */
export async function requireTicket(db: Kysely<Database>, id: string): Promise<Ticket> {
  const row = isId(id)
    ? await db.selectFrom("ticket").selectAll().where("id", "=", id).executeTakeFirst()
    : undefined;
  if (row !== undefined) return asTicket(row);
  throw new NotFoundError("There is no ticket with this id", { got: id.slice(0, 40) });
}

/** The ticket that gave `account` the seed of this recipe, and how many it took; null for none. */
export async function ticketOf(
  db: Kysely<Database>,
  account: string | null,
  recipe: Recipe | null,
): Promise<{ ticket: Ticket; count: TicketCount } | null> {
  if (account === null || recipe === null) return null;
  const commitment = await recipeCommitment(recipe);
  const row = await db.selectFrom("ticket").selectAll().where("account_id", "=", account)
    .where("commitment", "=", commitment).where("seed", "=", recipe.seed).executeTakeFirst();
  if (row === undefined) return null;
  const ticket = asTicket(row);
  return { ticket, count: await countOf(db, ticket) };
}

/** How many tickets the account of this one took, up to now. */
export async function countOf(
  db: Kysely<Database>,
  { id, account, commitment }: Pick<Ticket, "id" | "account" | "commitment">,
): Promise<TicketCount> {
  const { rows } = await sql<TicketCount>`select count(*) as "ofAccount",
      count(*) filter (where ticket.commitment = ${commitment}) as "ofRecipe",
      count(*) filter (where ticket.commitment = ${commitment}
        and (ticket.created_at, ticket.id) <= (mine.created_at, mine.id)) as number
    from ticket, ticket as mine where ticket.account_id = ${account} and mine.id = ${id}`
    .execute(db);
  return rows[0];
}

function asTicket({ id, account_id, commitment, nonce, seed, created_at }: TicketRow): Ticket {
  return { id, account: account_id, commitment, nonce, seed, issuedAt: created_at.toISOString() };
}
