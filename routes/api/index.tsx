import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import type { JsonSchema } from "../../components/api_fields.ts";
import { ApiOperation, type ApiOperationView, Fields } from "../../components/ApiOperation.tsx";
import { TableBox } from "../../components/TableBox.tsx";
import { API_DOCUMENT } from "../../lib/http/api_document.ts";
import { READ_LIMIT } from "../../lib/http/rate_limit.ts";
import { newestJudgeRun } from "../../lib/lab/judge_store.ts";
import { listSets } from "../../lib/lab/set_store.ts";
import { comparableEntries } from "../../lib/submissions/compare_page.ts";
import { newestSeedAudit } from "../../lib/verification/seed_audit_store.ts";
import { listReports } from "../../lib/verification/store.ts";

type ApiOperations = { method: string; path: string; operation: ApiOperationView }[];

const OPERATIONS: ApiOperations = Object.entries(API_DOCUMENT.paths!).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, ApiOperationView>)
    .map(([method, operation]) => ({ method, path, operation }))
);
const BY_TAG = Map.groupBy(
  OPERATIONS,
  ({ operation }) => (operation as unknown as { tags: string[] }).tags[0],
);
const SCHEMAS = Object.entries(API_DOCUMENT.components!.schemas as Record<string, JsonSchema>)
  .sort(([a], [b]) => a < b ? -1 : 1);

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const [models, reports, sets, run, audit] = await Promise.all([
      comparableEntries(db, 2),
      listReports(db, { limit: 1 }),
      listSets(db, 1),
      newestJudgeRun(db),
      newestSeedAudit(db),
    ]);
    return page({
      models: models.map(({ id }) => id),
      report: reports[0]?.id,
      set: sets[0]?.id,
      run: run ?? undefined,
      audit: audit ?? undefined,
    });
  },
});

interface KnownIds {
  models: string[];
  report?: string;
  set?: string;
  run?: string;
  audit?: string;
}

/** Values of parameters that this server has, so that the calls shown have an answer. */
function knownValues(path: string, { models, report, set, run, audit }: KnownIds) {
  const known: Record<string, string> = {};
  if (models.length === 2) [known.a, known.b] = models;
  if (/\/(models|submissions)\//.test(path) && models.length > 0) known.id = models[0];
  if (path.includes("/reports/") && report) known.id = report;
  if (path.includes("/audits/") && audit) known.id = audit;
  if (path.includes("/lab/sets/") && set) known.id = set;
  if (path.includes("/judge-runs/") && run) known.id = run;
  return known;
}

export default define.page<typeof handler>(function ApiPage({ data, url }) {
  return (
    <>
      <Head>
        <title>API · Tinyproof</title>
      </Head>
      <h1>API</h1>
      <p class="lead">Everything the pages show, as JSON. Reading needs no key.</p>
      <ReadingRules />
      <section>
        <h2>Addresses</h2>
        <Addresses />
      </section>
      {[...BY_TAG].map(([tag, operations]) => (
        <section key={tag}>
          <h2>{tag}</h2>
          {operations.map(({ method, path, operation }) => (
            <ApiOperation
              key={operation.operationId}
              {...{ method, path, operation }}
              origin={url.origin}
              known={knownValues(path, data)}
            />
          ))}
        </section>
      ))}
      <Answers />
    </>
  );
});

function ReadingRules() {
  return (
    <div class="prose">
      <ul>
        <li>
          <a href="/api/v1/openapi.json">The OpenAPI 3.1 document</a>{" "}
          describes every address; this page is made from it.
        </li>
        <li>
          Scripts on pages of any origin may read. Uploads come from this site or a program.
        </li>
        <li>
          Most answers have an <code>ETag</code>. Send it as{" "}
          <code>If-None-Match</code>: what has not changed comes back as 304, without a body.
        </li>
        <li>
          {READ_LIMIT.points} requests in {READ_LIMIT.durationSeconds} seconds from one address.
          {" "}
          <code>RateLimit-Remaining</code> says how many are left, <code>RateLimit-Reset</code>{" "}
          in how many seconds all of them are back.
        </li>
        <li>
          New fields may be added. A field that is here keeps its meaning as long as the address
          begins with <code>/api/v1</code>.
        </li>
      </ul>
    </div>
  );
}

function Addresses() {
  return (
    <TableBox label="Addresses of the API">
      <table class="stack">
        <tbody>
          {OPERATIONS.map(({ method, path, operation: { operationId, summary } }) => (
            <tr key={operationId}>
              <th scope="row">
                <a href={`#${operationId}`}>
                  <code>{method.toUpperCase()} {path}</code>
                </a>
              </th>
              <td>{summary}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Answers() {
  return (
    <section>
      <h2>Answers</h2>
      {SCHEMAS.map(([name, schema]) => (
        <section key={name} id={name}>
          <h3>{name}</h3>
          {schema.description && <p>{schema.description}</p>}
          <Fields schema={schema} of={name} />
        </section>
      ))}
    </section>
  );
}
