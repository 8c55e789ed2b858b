import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { FormLine } from "../../components/FormLine.tsx";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { ProblemNote } from "../../components/Problem.tsx";
import { readForm } from "../../lib/http/form.ts";
import { mustRate } from "../../lib/http/lab_rater.ts";
import { ratingLimiter, remoteAddress } from "../../lib/http/rate_limit.ts";
import { statusOf } from "../../lib/http/status.ts";
import { listJudgeTemplates } from "../../lib/lab/store.ts";
import { keepTemplate } from "../../lib/lab/template_store.ts";

const EMPTY = { slug: "", name: "", text: "" };

interface TemplatesData {
  templates: Awaited<ReturnType<typeof listJudgeTemplates>>;
  values: typeof EMPTY;
  problem: PublicProblem | null;
}

export const handler = define.handlers({
  async GET(ctx) {
    const templates = await listJudgeTemplates(ctx.state.services.db);
    return page<TemplatesData>({ templates, values: EMPTY, problem: null });
  },

  /** A new template, or the next version of one's own. */
  async POST(ctx) {
    const { db, now } = ctx.state.services;
    let values = EMPTY;
    try {
      await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
      const { slug = "", name = "", text = "" } = await readForm(ctx.req);
      values = { slug, name, text: text.replaceAll("\r\n", "\n") };
      const { accountId } = await mustRate(ctx);
      const kept = await keepTemplate(db, { ...values, source: "" }, { accountId, at: now() });
      return ctx.redirect(`/lab/templates#${kept.slug}-${kept.version}`, 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      const templates = await listJudgeTemplates(db);
      return page<TemplatesData>({ templates, values, problem }, { status: statusOf(error) });
    }
  },
});

export default define.page<typeof handler>(function TemplatesPage({ data }) {
  const { templates, values, problem } = data;
  return (
    <>
      <Head>
        <title>Judges' templates · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>Judges' templates</h1>
      <p class="lead">
        What a judge is asked, word by word. A version is never changed: to edit is to make the next
        one, and a judge asked with it is another judge.
      </p>
      {templates.map(({ id, slug, name, version, text, source }) => (
        <details key={id} id={`${slug}-${version}`}>
          <summary>{name}, version {version}{source && ` (${source})`}</summary>
          <pre class="inside preview">{text}</pre>
        </details>
      ))}
      {templates.length === 0 && <p class="note">None yet.</p>}
      <OwnTemplate values={values} problem={problem} />
    </>
  );
});

function OwnTemplate({ values, problem }: Pick<TemplatesData, "values" | "problem">) {
  return (
    <section>
      <h2>A template of your own</h2>
      {problem && <ProblemNote problem={problem} />}
      <form class="panel" method="post" action="/lab/templates">
        <FormLine
          required
          id="slug"
          label="Short name"
          hint="Lower-case letters, digits and hyphens. The same again makes the next version."
          maxLength={60}
          value={values.slug}
          invalid={problem?.path === "slug"}
          autocomplete="off"
        />
        <FormLine
          required
          id="name"
          label="Name"
          hint="As it is shown."
          maxLength={80}
          value={values.name}
          invalid={problem?.path === "name"}
          autocomplete="off"
        />
        <TemplateText text={values.text} />
        <p class="actions">
          <button class="button" type="submit">Keep it</button>
        </p>
      </form>
    </section>
  );
}

function TemplateText({ text }: { text: string }) {
  return (
    <div class="field">
      <label for="text">Text</label>
      <textarea
        id="text"
        name="text"
        rows={14}
        required
        maxLength={15_000}
        defaultValue={text}
        aria-describedby="text-hint"
      />
      <p class="hint" id="text-hint">
        <code>{"{prompt}"}</code>, <code>{"{completion}"}</code> and <code>{"{category}"}</code>
        {" "}
        are filled in; <code>{"{#criteria}{label}: {text}{/criteria}"}</code>{" "}
        stands once for each criterion. Ask for an answer such as{" "}
        <code>{"<criterion-A-score>0.5</criterion-A-score>"}</code> or <code>{'{"A": 0.5}'}</code>.
      </p>
    </div>
  );
}
