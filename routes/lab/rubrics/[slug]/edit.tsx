import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../../app_state.ts";
import { RubricForm } from "../../../../components/RubricForm.tsx";
import type { PublicProblem } from "../../../../lib/errors.ts";
import { csvText } from "../../../../lib/http/csv.ts";
import { receiveRubric } from "../../../../lib/http/lab_rubric.ts";
import type { RubricFields } from "../../../../lib/lab/rubric_form.ts";
import { requireRubricVersions } from "../../../../lib/lab/store.ts";
import { criteriaSheet } from "../../../../lib/lab/tinyscalelab/write.ts";
import type { Rubric } from "../../../../lib/lab/types.ts";

interface EditData {
  rubric: Rubric;
  values: RubricFields;
  problem: PublicProblem | null;
}

function fieldsOf(rubric: Rubric): RubricFields {
  const { header, rows } = criteriaSheet(rubric);
  return {
    name: rubric.name,
    slug: rubric.slug,
    levels: rubric.levels.join(", "),
    criteria: csvText(header, rows).replaceAll("\r\n", "\n"),
    source: "",
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const [rubric] = await requireRubricVersions(ctx.state.services.db, ctx.params.slug);
    return page<EditData>({ rubric, values: fieldsOf(rubric), problem: null });
  },

  async POST(ctx) {
    const [rubric] = await requireRubricVersions(ctx.state.services.db, ctx.params.slug);
    const outcome = await receiveRubric(ctx, rubric);
    if (outcome.kept) {
      const { slug, version } = outcome.kept;
      return ctx.redirect(`/lab/rubrics/${slug}?version=${version}`, 303);
    }
    const { values, problem, status } = outcome;
    return page<EditData>({ rubric, values, problem }, { status });
  },
});

export default define.page<typeof handler>(function EditRubricPage({ data }) {
  const { rubric, values, problem } = data;
  const path = `/lab/rubrics/${rubric.slug}`;
  return (
    <>
      <Head>
        <title>Edit {rubric.name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href={path}>{rubric.name}</a>
      </p>
      <h1>Edit the rubric</h1>
      <p class="lead">
        Version {rubric.version}{" "}
        stays as it is, with every score given by it. What you write here becomes the next.
      </p>
      <div class="rubric-form">
        <RubricForm
          action={`${path}/edit`}
          values={values}
          problem={problem}
          isEdit
          submit={`Keep version ${rubric.version + 1}`}
        />
      </div>
    </>
  );
});
