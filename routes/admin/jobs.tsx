import { type Context, page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define, type State } from "../../app_state.ts";
import { DeadJob } from "../../components/DeadJob.tsx";
import { OpenJobs } from "../../components/OpenJobs.tsx";
import { ProblemNote } from "../../components/Problem.tsx";
import { mustBeAllowed } from "../../lib/accounts/caller.ts";
import { NotFoundError, type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { readForm } from "../../lib/http/form.ts";
import { statusOf } from "../../lib/http/status.ts";
import { cancelJob } from "../../lib/jobs/cancel.ts";
import { deadJobs, discardDeadJob, openJobs, retryDeadJob } from "../../lib/jobs/dead.ts";
import type { Services } from "../../lib/services.ts";
import { parseDocument } from "../../lib/verification/schema.ts";

const formSchema = z.object({ act: z.enum(["retry", "discard", "cancel"]), job: z.uuid() });

/** More than anybody reads at once; what is decided on makes room for others. */
const MOST_DEAD = 50;
const MOST_OPEN = 200;

export const handler = define.handlers({
  async GET(ctx) {
    mustBeAllowed(ctx.state.caller, "administer");
    return page(await load(ctx, null));
  },

  /** One of the buttons. A refusal comes back on the same page. */
  async POST(ctx) {
    mustBeAllowed(ctx.state.caller, "administer");
    try {
      const { act, job } = parseDocument(formSchema, await readForm(ctx.req), "form");
      await ACTS[act](ctx.state.services, job);
      return ctx.redirect("/admin/jobs", 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page(await load(ctx, problem), { status: statusOf(error) });
    }
  },
});

const ACTS: Record<z.output<typeof formSchema>["act"], (s: Services, id: string) => Promise<void>> =
  {
    retry: retryDeadJob,
    discard: discardDeadJob,
    async cancel(services, id) {
      if (await cancelJob(services, id)) return;
      throw new NotFoundError("The job has ended already", { fix: "Nothing is left to stop." });
    },
  };

async function load({ state }: Context<State>, problem: PublicProblem | null) {
  const { db, now } = state.services;
  const [dead, open] = await Promise.all([deadJobs(db, MOST_DEAD), openJobs(db, MOST_OPEN)]);
  return { dead, open, problem, now: now() };
}

export default define.page<typeof handler>(function JobsPage({ data }) {
  const { dead, open, problem, now } = data;
  return (
    <>
      <Head>
        <title>Jobs · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <h1>Jobs</h1>
      <p class="lead">What is worked on, what waits, and what nobody could finish.</p>
      {problem && <ProblemNote problem={problem} />}
      <section>
        <h2>Not finished</h2>
        {dead.length === 0
          ? <p>None. A job comes here when its last attempt fails, or when it is stopped below.</p>
          : dead.map((job) => <DeadJob key={job.id} job={job} now={now} />)}
      </section>
      <section>
        <h2>Running and waiting</h2>
        {open.length === 0 ? <p>None.</p> : <OpenJobs jobs={open} now={now} />}
        {open.length === MOST_OPEN && <p class="small muted">The first {MOST_OPEN}.</p>}
      </section>
    </>
  );
});
