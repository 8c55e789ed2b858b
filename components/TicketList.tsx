import type { ListedTicket } from "../lib/verification/ticket_store.ts";
import { formatAge, shortDigest } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** Tickets an account has taken, the newest first. */
export function TicketList({ tickets, now }: { tickets: readonly ListedTicket[]; now: Date }) {
  if (tickets.length === 0) return <p>None yet.</p>;
  return (
    <TableBox label="Your tickets">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Ticket</th>
            <th scope="col">Recipe without its seed</th>
            <th scope="col" class="num">Seed</th>
            <th scope="col">Taken</th>
            <th scope="col">Model</th>
          </tr>
        </thead>
        <tbody>
          {tickets.map(({ ticket, entry }) => (
            <tr key={ticket.id}>
              <th scope="row">
                <a href={`/tickets/${ticket.id}`}>{ticket.id}</a>
              </th>
              <td data-label="Recipe without its seed">
                <code>{shortDigest(ticket.commitment)}…</code>
              </td>
              <td class="num" data-label="Seed">
                <code>{ticket.seed}</code>
              </td>
              <td class="nowrap" data-label="Taken">
                {formatAge(new Date(ticket.issuedAt), now)}
              </td>
              <td data-label="Model">
                {entry === null ? "none yet" : <a href={`/models/${entry}`}>{entry}</a>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
