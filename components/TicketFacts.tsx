import type { Ticket, TicketCount } from "../lib/verification/ticket.ts";
import type { SeedOrigin } from "../lib/verification/ticket_store.ts";
import { formatInstant, formatInteger } from "./format.ts";

/** What a ticket says, so that anybody can compute the seed again. */
export function TicketFacts({ ticket }: { ticket: Ticket }) {
  return (
    <dl class="facts">
      <dt>Seed</dt>
      <dd>
        <code>{ticket.seed}</code>
      </dd>
      <dt>Recipe without its seed</dt>
      <dd>
        <code class="digest">{ticket.commitment}</code>
      </dd>
      <dt>Drawn by the board</dt>
      <dd>
        <code class="digest">{ticket.nonce}</code>
      </dd>
      <dt>Account</dt>
      <dd>
        <code>{ticket.account}</code>
      </dd>
      <dt>Taken</dt>
      <dd>{formatInstant(new Date(ticket.issuedAt))}</dd>
    </dl>
  );
}

/** How often its account drew: who tries often may be lucky. */
export function countWords({ number, ofRecipe, ofAccount }: TicketCount): string {
  const drawn = ofRecipe === 1
    ? "the only ticket its account took for this recipe"
    : `ticket ${formatInteger(number)} of ${
      formatInteger(ofRecipe)
    } its account took for this recipe`;
  return `${drawn}, and of ${formatInteger(ofAccount)} for any recipe`;
}

/** Where the seed of a model came from. */
export function SeedNote({ origin, seed }: { origin: SeedOrigin; seed: number }) {
  if (origin.kind === "free") {
    return (
      <p class="prose">
        <strong>Free seed.</strong> The author chose the seed{" "}
        <code>{seed}</code>. The best of a hundred seeds can buy a small margin;{" "}
        <a href="/tickets">tickets</a> rule that out.
      </p>
    );
  }
  const ticket = <a href={`/tickets/${origin.ticket.id}`}>ticket {origin.ticket.id}</a>;
  if (origin.kind === "foreign") {
    return (
      <p class="note warn">
        <strong>Somebody else's ticket.</strong> The seed <code>{seed}</code>{" "}
        was drawn for another account, with {ticket}. Here it counts as a free seed.
      </p>
    );
  }
  return (
    <p class="prose">
      <strong>Drawn by the board.</strong> The recipe was fixed before anybody knew its seed{" "}
      <code>{seed}</code>: {ticket} is {countWords(origin.count)}.
    </p>
  );
}
