import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { countWords, TicketFacts } from "../../components/TicketFacts.tsx";
import { loadTicket } from "../../lib/verification/ticket_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return page(await loadTicket(ctx.state.services.db, ctx.params.id));
  },
});

export default define.page<typeof handler>(function TicketPage({ data }) {
  const { ticket, count, entry } = data;
  return (
    <>
      <Head>
        <title>Ticket {ticket.id} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/tickets">Seed tickets</a>
      </p>
      <h1>Ticket {ticket.id}</h1>
      <p class="lead">This is {countWords(count)}.</p>
      <div class="panel">
        <TicketFacts ticket={ticket} />
      </div>
      <p class="prose">
        {entry === null
          ? "No model on this board was trained with it."
          : <a href={`/models/${entry}`}>The model trained with it</a>}
      </p>
      <section class="prose">
        <h2>Compute it again</h2>
        <p>
          The seed is the first 53 bits, as a big-endian number, of SHA-256 over the text{" "}
          <code>ticket/v1</code>, the 32 bytes drawn by the board, the 32 bytes of the recipe's hash
          and the name of the account above.
        </p>
        <p class="actions">
          <a class="button quiet" href={`/api/v1/tickets/${ticket.id}`}>As JSON</a>
          <a class="button quiet" href={`/api/v1/tickets?account=${ticket.account}`}>
            All tickets of this account
          </a>
        </p>
      </section>
    </>
  );
});
