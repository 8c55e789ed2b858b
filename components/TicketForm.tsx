import type { PublicProblem } from "../lib/errors.ts";
import { ProblemNote } from "./Problem.tsx";
import { RecipeField } from "./RecipeField.tsx";

/** Commits to a recipe; the answer is a seed. */
export function TicketForm({ text, problem }: { text: string; problem: PublicProblem | null }) {
  return (
    <form class="form" method="post" action="/tickets">
      {problem && <ProblemNote problem={problem} title="No ticket was taken" />}
      <RecipeField
        text={text}
        hint="As JSON. A seed in it is ignored; without an engine this board's is filled in. Only its hash is kept."
        invalid={problem !== null}
      />
      <p class="actions">
        <button class="button" type="submit">Fix this recipe and draw its seed</button>
        <button class="button quiet" type="submit" formaction="/recipe">Only check it</button>
      </p>
    </form>
  );
}
