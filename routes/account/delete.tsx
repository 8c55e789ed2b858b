import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { ProblemNote } from "../../components/Problem.tsx";
import { FormLine } from "../../components/FormLine.tsx";
import { applyDeletion } from "../../lib/accounts/account_form.ts";
import { mustHaveSession } from "../../lib/accounts/caller.ts";
import { ANONYMOUS, NAME_LENGTH } from "../../lib/accounts/names.ts";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { readForm } from "../../lib/http/form.ts";
import { statusOf } from "../../lib/http/status.ts";

interface DeleteData {
  name: string;
  problem: PublicProblem | null;
}

export const handler = define.handlers({
  GET(ctx) {
    const { name } = mustHaveSession(ctx.state.caller);
    return page<DeleteData>({ name, problem: null });
  },

  async POST(ctx) {
    const account = mustHaveSession(ctx.state.caller);
    try {
      await applyDeletion(ctx.state.services, account, await readForm(ctx.req));
      return ctx.redirect("/", 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page<DeleteData>({ name: account.name, problem }, { status: statusOf(error) });
    }
  },
});

export default define.page<typeof handler>(function DeletePage({ data: { name, problem } }) {
  return (
    <>
      <Head>
        <title>Delete the account · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/account">Account</a>
      </p>
      <h1>Delete the account</h1>
      <p class="prose">
        Its passkeys, sessions and API keys end at once and for good. Its models stay on the board:
        withdraw those that should not, first. What it scored in the lab stays too, and nobody can
        go on with it.
      </p>
      {problem && <ProblemNote problem={problem} />}
      <DeleteForm name={name} problem={problem} />
    </>
  );
});

function DeleteForm({ name, problem }: DeleteData) {
  return (
    <form class="panel narrow" method="post" action="/account/delete">
      <fieldset class="field plain">
        <legend class="label">Name on its models and scores from then on</legend>
        <label class="check">
          <input type="radio" name="author" value="keep" checked />
          <span>{name}, a name nobody can take while there are models by it</span>
        </label>
        <label class="check">
          <input type="radio" name="author" value="anonymous" />
          <span>
            “{ANONYMOUS}”. The ledger keeps the name it was told: no line of it can be changed.
          </span>
        </label>
      </fieldset>
      <FormLine
        required
        id="name"
        label="To be sure, type the name of the account"
        hint={name}
        maxLength={NAME_LENGTH}
        value=""
        invalid={problem?.path === "name"}
        autocomplete="off"
      />
      <p class="actions">
        <button class="button" type="submit">Delete it</button>
        <a href="/account">Keep it</a>
      </p>
    </form>
  );
}
