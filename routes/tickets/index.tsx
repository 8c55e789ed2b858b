import { type Context, page } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../../app_state.ts";
import { ProblemNote } from "../../components/Problem.tsx";
import { TakenTicketView } from "../../components/TakenTicketView.tsx";
import { TicketForm } from "../../components/TicketForm.tsx";
import { TicketList } from "../../components/TicketList.tsx";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { readForm } from "../../lib/http/form.ts";
import { statusOf } from "../../lib/http/status.ts";
import { type TakenTicket, takeTicketFor } from "../../lib/http/tickets.ts";
import { MAX_RECIPE_TEXT } from "../../lib/verification/recipe_text.ts";
import { listTickets, TICKETS_PER_DAY } from "../../lib/verification/ticket_store.ts";

interface Extra {
  text: string;
  problem: PublicProblem | null;
  taken: TakenTicket | null;
}

/** More than anybody takes in a week; the API has them all. */
const MOST_LISTED = 50;
/** A form writes most characters of JSON as three. */
const MOST_BYTES = 3 * MAX_RECIPE_TEXT;

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx, { text: "", problem: null, taken: null }));
  },

  /** Takes a ticket. A refusal comes back on the same page, the recipe kept. */
  async POST(ctx) {
    let text = "";
    try {
      text = (await readForm(ctx.req, MOST_BYTES)).recipe ?? "";
      const taken = await takeTicketFor(ctx.state, { text });
      return page(await load(ctx, { text, problem: null, taken }), {
        headers: { "cache-control": "no-store" },
      });
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page(await load(ctx, { text, problem, taken: null }), { status: statusOf(error) });
    }
  },
});

async function load({ state }: Context<State>, extra: Extra) {
  const account = state.caller?.account ?? null;
  const tickets = account === null
    ? []
    : await listTickets(state.services.db, { account: account.id, limit: MOST_LISTED });
  return { account, tickets, ...extra, now: new Date() };
}

export default define.page<typeof handler>(function TicketsPage({ data }) {
  const { account, tickets, text, problem, taken, now } = data;
  return (
    <>
      <Head>
        <title>Seed tickets · Tinyproof</title>
      </Head>
      <h1>Seed tickets</h1>
      <p class="lead">
        Fix a recipe first, then let the board draw its seed: nobody can say you picked the luckiest
        of a hundred.
      </p>
      {taken && <TakenTicketView {...taken} />}
      {account
        ? (
          <section>
            {taken && <h2>Another one</h2>}
            <TicketForm text={taken ? "" : text} problem={problem} />
          </section>
        )
        : (
          <>
            {problem && <ProblemNote problem={problem} />}
            <p class="note">
              A ticket belongs to an account: <a href="/account/sign-in?next=%2Ftickets">sign in</a>
              {" "}
              to take one.
            </p>
          </>
        )}
      {account && (
        <section id="own">
          <h2>Your tickets</h2>
          <TicketList tickets={tickets} now={now} />
        </section>
      )}
      <HowItWorks />
    </>
  );
});

function HowItWorks() {
  return (
    <section class="prose">
      <h2>How it works</h2>
      <p>
        The hash of the recipe without its seed is written to <a href="/ledger">the ledger</a>{" "}
        together with 32 bytes the board draws then. The seed is the beginning of
        SHA-256("ticket/v1" | those bytes | that hash | your account), so it can be neither guessed
        before nor chosen, and it is nobody else's. Models show it, and how many tickets were taken
        for their recipe and by their account. An account may take {TICKETS_PER_DAY} in 24 hours.
      </p>
      <p>
        Runs with a seed of your own are welcome too, and marked as <em>free seed</em>.{" "}
        <a href="/docs/provenance">More about what is proven</a>.
      </p>
      <h2>From a terminal</h2>
      <p>With an API key of your account:</p>
      <pre tabIndex={0}>{`TINYPROOF_KEY=… deno task cli train \\
  --recipe recipe.json --ticket my.ticket.json \\
  --server $SERVER --out mine.tinygpt`}</pre>
    </section>
  );
}
