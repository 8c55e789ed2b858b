import CopyText from "../islands/CopyText.tsx";
import type { Recipe } from "../lib/verification/recipe.ts";
import type { Ticket, TicketCount } from "../lib/verification/ticket.ts";
import { countWords } from "./TicketFacts.tsx";

interface Props {
  ticket: Ticket;
  count: TicketCount;
  recipe: Recipe | null;
}

/** The seed that was just drawn, and the recipe with it. */
export function TakenTicketView({ ticket, count, recipe }: Props) {
  return (
    <section id="taken" class="panel" role="status">
      <h2>
        Your seed: <code>{ticket.seed}</code>
      </h2>
      <p>
        <a href={`/tickets/${ticket.id}`}>Ticket {ticket.id}</a> is{" "}
        {countWords(count)}. Train the recipe below as it stands: any other change makes it another
        recipe.
      </p>
      {recipe && (
        <>
          <p class="actions">
            <CopyText from="ticketed-recipe" what="the recipe" label="Copy the recipe" />
          </p>
          <pre
            id="ticketed-recipe"
            class="tall"
            tabIndex={0}
          >{JSON.stringify(recipe, null, 2)}</pre>
        </>
      )}
    </section>
  );
}
