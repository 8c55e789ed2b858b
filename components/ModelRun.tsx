import type { ModelPage } from "../lib/submissions/model_page.ts";
import { ChainView } from "./ChainView.tsx";
import { formatInteger } from "./format.ts";
import { RecipeView } from "./RecipeView.tsx";
import { SeedNote } from "./TicketFacts.tsx";
import { TrainYourOwn } from "./TrainYourOwn.tsx";

interface Props extends Pick<ModelPage, "entry" | "recipe" | "chain" | "seed"> {
  /** Of this board. */
  origin: string;
}

/** The run a model came from, as its file tells it, and how to run another like it. */
export function ModelRun({ entry, recipe, chain, seed, origin }: Props) {
  return (
    <>
      {recipe && (
        <section id="recipe">
          <h2>Recipe</h2>
          <div id="seed">{seed && <SeedNote origin={seed} seed={recipe.seed} />}</div>
          <RecipeView recipe={recipe} hash={entry.recipe_hash} entryId={entry.id} />
        </section>
      )}
      {chain && <Checkpoints chain={chain} />}
      {recipe && (
        <section id="train">
          <h2>Train your own from this</h2>
          <TrainYourOwn recipe={recipe} id={entry.id} origin={origin} />
        </section>
      )}
    </>
  );
}

function Checkpoints({ chain }: { chain: NonNullable<Props["chain"]> }) {
  return (
    <section id="chain">
      <h2>Chain of checkpoints</h2>
      <p class="prose">
        A hash of weights, optimizer moments and loss every {formatInteger(chain.interval)}{" "}
        steps, folded into one head: <code class="digest">{chain.head}</code>
      </p>
      <details>
        <summary>
          All checkpoints <span class="muted">{formatInteger(chain.leaves.length)}</span>
        </summary>
        <ChainView chain={chain} />
      </details>
    </section>
  );
}
