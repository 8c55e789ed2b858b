import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { RubricForm } from "../../../components/RubricForm.tsx";
import type { PublicProblem } from "../../../lib/errors.ts";
import { receiveRubric } from "../../../lib/http/lab_rubric.ts";
import { type RubricFields, rubricFields } from "../../../lib/lab/rubric_form.ts";

const EMPTY = rubricFields({ criteria: "category,label,text\n" });

export const handler = define.handlers({
  GET: () =>
    page<{ values: RubricFields; problem: PublicProblem | null }>({
      values: EMPTY,
      problem: null,
    }),

  async POST(ctx) {
    const outcome = await receiveRubric(ctx, null);
    if (outcome.kept) return ctx.redirect(`/lab/rubrics/${outcome.kept.slug}`, 303);
    const { values, problem, status } = outcome;
    return page({ values, problem }, { status });
  },
});

export default define.page<typeof handler>(function NewRubricPage({ data }) {
  return (
    <>
      <Head>
        <title>New rubric · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>New rubric</h1>
      <p class="lead">
        What is asked of a completion, and which scores can be given. It becomes public; a set is
        scored by one version of it, which never changes.
      </p>
      <div class="rubric-form">
        <RubricForm action="/lab/rubrics/new" {...data} isEdit={false} submit="Keep the rubric" />
      </div>
    </>
  );
});
