import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../app_state.ts";
import { ProblemNote } from "../components/Problem.tsx";
import { RecipeCheckView } from "../components/RecipeCheckView.tsx";
import { RecipeField } from "../components/RecipeField.tsx";
import { replayLimits } from "../lib/config.ts";
import { scannedCorpora } from "../lib/corpora/store.ts";
import { NotFoundError, type PublicProblem, publicProblem } from "../lib/errors.ts";
import { readForm } from "../lib/http/form.ts";
import { statusOf } from "../lib/http/status.ts";
import { engineBlob } from "../lib/jobs/files.ts";
import { requireStanding } from "../lib/submissions/require.ts";
import { checkRecipeText, type RecipeCheck } from "../lib/verification/recipe_check.ts";
import { MAX_RECIPE_TEXT } from "../lib/verification/recipe_text.ts";

interface RecipeData {
  text: string;
  check: RecipeCheck | null;
  problem: PublicProblem | null;
}

/** A form writes most characters of JSON as three. */
const MOST_BYTES = 3 * MAX_RECIPE_TEXT;

/** What a first visitor may begin with: the sorter of the gallery. */
const EXAMPLE = new URL("../data/gallery/sort-6.json", import.meta.url);

export const handler = define.handlers({
  /** `model` in the address opens the recipe of a model. */
  async GET(ctx) {
    const model = ctx.url.searchParams.get("model");
    const text = model === null
      ? await Deno.readTextFile(EXAMPLE)
      : await recipeOf(ctx.state, model);
    const check = model === null ? null : await checked(ctx.state, text);
    return page<RecipeData>({ text, check, problem: null });
  },

  async POST(ctx) {
    let text = "";
    try {
      text = (await readForm(ctx.req, MOST_BYTES)).recipe ?? "";
      const check = await checked(ctx.state, text);
      return page<RecipeData>({ text, check, problem: null }, {
        status: check.facts === null ? 422 : 200,
      });
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page<RecipeData>({ text, check: null, problem }, { status: statusOf(error) });
    }
  },
});

/** @throws {NotFoundError} when there is no such model, or it declares none. */
async function recipeOf({ services }: State, model: string): Promise<string> {
  const { recipe } = await requireStanding(services.db, model);
  if (recipe !== null) return JSON.stringify(recipe, null, 2);
  throw new NotFoundError("This model declares no recipe", { fix: "Choose another one." });
}

async function checked({ services }: State, text: string): Promise<RecipeCheck> {
  const engine = (await engineBlob(services)).sha256;
  return await checkRecipeText(text, {
    engine,
    uploads: await scannedCorpora(services.db),
    limits: replayLimits(services.config),
  });
}

export default define.page<typeof handler>(function RecipePage({ data: { text, check, problem } }) {
  return (
    <>
      <Head>
        <title>Check a recipe · Tinyproof</title>
      </Head>
      <h1>Check a recipe</h1>
      <p class="lead">
        What is wrong with it and how to mend it, or what it costs and what it will be known by.
        Nothing is kept.
      </p>
      {problem && <ProblemNote problem={problem} />}
      {check && <RecipeCheckView check={check} />}
      <form class="form" method="post" action="/recipe">
        <RecipeField
          text={text}
          hint="As JSON. Engine and seed may be left out."
          invalid={(check !== null && check.facts === null) || problem !== null}
        />
        <p class="actions">
          <button class="button" type="submit">Check it</button>
          <button class="button quiet" type="submit" formaction="/tickets">
            Have its seed drawn
          </button>
        </p>
      </form>
      <section class="prose">
        <h2>Where to begin</h2>
        <p>
          <a href="/docs/recipe">Every field explained</a>,{" "}
          <a href="/corpora">corpora with their hashes</a>, or the recipe of any model: its page has
          it. From a terminal: <code>deno task cli recipe check recipe.json</code>
        </p>
      </section>
    </>
  );
});
