import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { TableBox } from "../../../../components/TableBox.tsx";
import { NotFoundError } from "../../../../lib/errors.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { byCategory } from "../../../../lib/lab/means.ts";
import { requireRubricVersions } from "../../../../lib/lab/store.ts";
import type { Rubric } from "../../../../lib/lab/types.ts";

const query = z.object({
  version: z.coerce.number({ error: "a whole number from 1" }).int("a whole number from 1")
    .optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { version } = parseQuery(query, ctx.url);
    const versions = await requireRubricVersions(ctx.state.services.db, ctx.params.slug);
    const rubric = versions.find((one) => one.version === (version ?? versions[0].version));
    if (rubric === undefined) {
      throw new NotFoundError(`${versions[0].name} has no version ${version}`, {
        expected: versions.map((one) => one.version).join(", "),
      });
    }
    return page({ versions, rubric });
  },
});

export default define.page<typeof handler>(function RubricPage({ data: { versions, rubric } }) {
  const path = `/lab/rubrics/${rubric.slug}`;
  return (
    <>
      <Head>
        <title>{rubric.name} (rubric) · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>{rubric.name}</h1>
      <VersionTabs versions={versions} shown={rubric} />
      <dl class="facts">
        <dt>Criteria</dt>
        <dd>{rubric.criteria.length}</dd>
        <dt>Scores</dt>
        <dd>{rubric.levels.join(", ")}</dd>
        {rubric.source && [<dt key="s">Source</dt>, <dd key="sv">{rubric.source}</dd>]}
        <dt>Kept since</dt>
        <dd>{rubric.createdAt.toISOString().slice(0, 10)}</dd>
      </dl>
      <Criteria rubric={rubric} previous={versions.find((one) => one.version < rubric.version)} />
      <p class="actions">
        <a class="button quiet" href={`${path}/edit`}>
          Edit: make version {versions[0].version + 1}
        </a>
        <a href={`${path}/criteria.csv?version=${rubric.version}`}>CSV</a>
        <a href={`${path}/rubric.json?version=${rubric.version}`}>JSON</a>
      </p>
    </>
  );
});

function VersionTabs({ versions, shown }: { versions: readonly Rubric[]; shown: Rubric }) {
  return (
    <nav aria-label="Versions">
      <ul class="tabs">
        {versions.map(({ version }) => (
          <li key={version}>
            <a
              href={`/lab/rubrics/${shown.slug}?version=${version}`}
              aria-current={version === shown.version ? "page" : undefined}
            >
              Version {version}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** With what is new or reworded since the version before. */
function Criteria({ rubric, previous }: { rubric: Rubric; previous: Rubric | undefined }) {
  const before = new Map(previous?.criteria.map(({ id, text }) => [id, text]));
  const change = (id: string, text: string) => {
    if (previous === undefined) return null;
    if (!before.has(id)) return "new";
    return before.get(id) === text ? null : "reworded";
  };
  return (
    <TableBox label="Criteria">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Criterion</th>
            <th scope="col">Letter</th>
            <th scope="col">Id</th>
            <th scope="col">Since version {previous?.version ?? "–"}</th>
          </tr>
        </thead>
        <tbody>
          {byCategory(rubric).flatMap(({ category, criteria }) =>
            criteria.map(({ id, code, text }) => (
              <tr key={id}>
                <th scope="row">
                  {text}
                  <small class="muted below-name">{category}</small>
                </th>
                <td data-label="Letter">{code}</td>
                <td data-label="Id">
                  <code>{id}</code>
                </td>
                <td data-label="Change">{change(id, text) ?? <span class="muted">–</span>}</td>
              </tr>
            ))
          )}
        </tbody>
      </table>
    </TableBox>
  );
}
