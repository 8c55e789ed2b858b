import { define } from "../../../../app_state.ts";
import { ticketsQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { readDocument } from "../../../../lib/http/json_body.ts";
import { ticketRequestSchema } from "../../../../lib/http/provenance_schemas.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { partOf } from "../../../../lib/http/series.ts";
import { takeTicketFor } from "../../../../lib/http/tickets.ts";
import { listedTicketJson } from "../../../../lib/http/provenance_views.ts";
import { MAX_RECIPE_TEXT } from "../../../../lib/verification/recipe_text.ts";
import { listTickets } from "../../../../lib/verification/ticket_store.ts";

const LIMIT = 100;

export const handler = define.handlers({
  /** Newest first; `before` takes the id of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const query = parseQuery(ticketsQuery, ctx.url);
    const found = await listTickets(ctx.state.services.db, { limit: LIMIT + 1, ...query });
    const before = ({ ticket }: { ticket: { id: string } }) => ticket.id;
    const { rows, next } = partOf(found, { limit: LIMIT, url: ctx.url, before });
    return json({ tickets: rows.map(listedTicketJson), next });
  },

  async POST(ctx) {
    const { recipe, commitment } = await readDocument(
      ctx.req,
      ticketRequestSchema,
      MAX_RECIPE_TEXT,
    );
    const { ticket, count, recipe: ticketed } = await takeTicketFor(
      ctx.state,
      commitment === undefined ? { recipe } : { commitment },
    );
    const url = `/tickets/${ticket.id}`;
    const init = { status: 201, headers: { location: url } };
    return json({ ...ticket, ...count, recipe: ticketed, url }, init);
  },
});
