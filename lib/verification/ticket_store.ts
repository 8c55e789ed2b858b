// Tickets as rows: issuing one, and what is known of the one a recipe was trained with.

import { type Kysely, sql, type Transaction } from "kysely";
import { NotFoundError, QuotaError } from "../errors.ts";
import { isId, randomId } from "../storage/ids.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { TicketRow } from "../storage/provenance_schema.ts";
import type { Database } from "../storage/schema.ts";
import { toHex } from "../bytes.ts";
import type { Recipe } from "./recipe.ts";
import { recipeCommitment, type Ticket, type TicketCount, ticketSeed } from "./ticket.ts";

/** Tickets of one account in 24 hours: an honest search needs fewer, and each is a line for ever. */
export const TICKETS_PER_DAY = 100;
const DAY_MS = 24 * 3_600_000;

/**
 * Draws a seed for an account's recipe, if the account may have one more today.
 *
 * @throws {QuotaError} when it took as many as one may.
 */
export async function takeTicket(
  db: Kysely<Database>,
  drawn: Pick<Ticket, "account" | "commitment">,
  at: Date,
): Promise<{ ticket: Ticket; count: TicketCount }> {
  return await db.transaction().execute(async (trx) => {
    // Of two at once the second waits here, and counts the first.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`ticket ${drawn.account}`}, 0))`
      .execute(trx);
    const since = new Date(at.getTime() - DAY_MS);
    const { taken, oldest } = await trx.selectFrom("ticket")
      .where("account_id", "=", drawn.account).where("created_at", ">", since)
      .select((eb) => [eb.fn.countAll<number>().as("taken"), eb.fn.min("created_at").as("oldest")])
      .executeTakeFirstOrThrow();
    if (taken >= TICKETS_PER_DAY) throw tooMany(oldest, at);
    const ticket = await issueTicket(trx, drawn, at);
    return { ticket, count: await countOf(trx, ticket) };
  });
}

function tooMany(oldest: Date, at: Date): QuotaError {
  return new QuotaError("This account has taken all its tickets of 24 hours", {
    expected: `at most ${TICKETS_PER_DAY} tickets in 24 hours`,
    got: `${TICKETS_PER_DAY}`,
    fix: "Come back later, or train with a free seed.",
    retryAfterSeconds: Math.ceil((oldest.getTime() + DAY_MS - at.getTime()) / 1000),
  });
}

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

/** What is signed of an entry's ticket; null for a free seed. */
export async function ticketAndCount(
  db: Kysely<Database>,
  id: string | null,
): Promise<Ticket & TicketCount | null> {
  if (id === null) return null;
  const ticket = await requireTicket(db, id);
  return { ...ticket, ...await countOf(db, ticket) };
}

/** How the seed of an entry was come by. */
export type SeedOrigin =
  | { kind: "ticket"; ticket: Ticket; count: TicketCount }
  /** Drawn for another account: this one trained nothing of its own. */
  | { kind: "foreign"; ticket: Ticket }
  | { kind: "free" };

/** Null without a recipe that can be read. */
export async function seedOrigin(
  db: Kysely<Database>,
  { ticket: id }: { ticket: string | null },
  recipe: Recipe | null,
): Promise<SeedOrigin | null> {
  if (recipe === null) return null;
  if (id !== null) {
    const ticket = await requireTicket(db, id);
    return { kind: "ticket", ticket, count: await countOf(db, ticket) };
  }
  const row = await db.selectFrom("ticket").selectAll()
    .where("commitment", "=", await recipeCommitment(recipe)).where("seed", "=", recipe.seed)
    .executeTakeFirst();
  return row === undefined ? { kind: "free" } : { kind: "foreign", ticket: asTicket(row) };
}

/** A ticket in a list. */
export interface ListedTicket {
  ticket: Ticket;
  /** The entry that was trained with it, the first one where there are several. */
  entry: string | null;
}

/** @throws {NotFoundError} */
export async function loadTicket(
  db: Kysely<Database>,
  id: string,
): Promise<ListedTicket & { count: TicketCount }> {
  const ticket = await requireTicket(db, id);
  const entry = await db.selectFrom("entry").select("id").where("ticket", "=", id)
    .where("visibility", "=", "public").where("status", "!=", "withdrawn")
    .orderBy("created_at").orderBy("id").limit(1).executeTakeFirst();
  return { ticket, entry: entry?.id ?? null, count: await countOf(db, ticket) };
}

/** Newest first. `before` is the id of the last one of the page before. */
export async function listTickets(
  db: Kysely<Database>,
  { account, before, limit }: { account?: string; before?: string; limit: number },
): Promise<ListedTicket[]> {
  let query = db.selectFrom("ticket").selectAll().limit(limit)
    .orderBy("created_at", "desc").orderBy("id", "desc")
    .select((eb) =>
      eb.selectFrom("entry").select("entry.id").whereRef("entry.ticket", "=", "ticket.id")
        .where("entry.visibility", "=", "public").where("entry.status", "!=", "withdrawn")
        .orderBy("entry.created_at").orderBy("entry.id").limit(1).as("entry")
    );
  if (account !== undefined) query = query.where("account_id", "=", account);
  if (before !== undefined) {
    query = query.where((eb) =>
      eb(
        eb.refTuple("created_at", "id"),
        "<",
        eb.selectFrom("ticket").where("id", "=", before).select(["created_at", "id"])
          .$asTuple("created_at", "id"),
      )
    );
  }
  const rows = await query.execute();
  return rows.map(({ entry, ...row }) => ({ ticket: asTicket(row), entry }));
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
