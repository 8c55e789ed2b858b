import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../../app_state.ts";
import { formatInteger, formatParameters } from "../../../../components/format.ts";
import { RaterName } from "../../../../components/LabAgreement.tsx";
import { LabModerationView } from "../../../../components/LabModeration.tsx";
import { TableBox } from "../../../../components/TableBox.tsx";
import { may } from "../../../../lib/accounts/caller.ts";
import { bySize } from "../../../../lib/lab/analysis.ts";
import { loadSetPage, setModeration, type SetPage } from "../../../../lib/lab/set_page.ts";
import type { Decoding } from "../../../../lib/lab/types.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services: { db }, caller } = ctx.state;
    const moderator = may(caller, "moderate");
    const set = await loadSetPage(db, ctx.params.id, { moderator });
    return page({ ...set, moderation: await setModeration(db, set, { moderator }) });
  },
});

export default define.page<typeof handler>(function SetView({ data }) {
  const { set, items } = data;
  const path = `/lab/sets/${set.id}`;
  return (
    <>
      <Head>
        <title>{set.name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>{set.name}</h1>
      {set.hidden && (
        <p class="note warn">
          Hidden: readers find it on no list, and its page says why. Only moderators see this.
        </p>
      )}
      <SetFacts page={data} />
      <p class="actions">
        <a class="button" href={`${path}/score`}>Score it</a>
        <a class="button quiet" href={`${path}/judge`}>Judge it</a>
        <a class="button quiet" href={`${path}/analysis`}>Analysis</a>
        <a class="button quiet" href={`${path}/items`}>
          Read the {formatInteger(items.length)} completions
        </a>
      </p>
      <Models page={data} />
      <Raters page={data} />
      <LabModerationView setId={set.id} of={data.moderation} />
    </>
  );
});

function SetFacts({ page: { set, rubric, prompts } }: { page: SetPage }) {
  return (
    <dl class="facts">
      <dt>From</dt>
      <dd>
        {set.source}
        {set.sourceNote && `, ${set.sourceNote}`}
      </dd>
      {prompts && [
        <dt key="p">Prompts</dt>,
        <dd key="pv">
          <a href={`/lab/prompt-sets/${prompts.id}`}>{prompts.name}</a>
        </dd>,
      ]}
      <dt>Rubric</dt>
      <dd>
        <a href={`/lab/rubrics/${rubric.slug}?version=${rubric.version}`}>{rubric.name}</a>, version
        {" "}
        {rubric.version}: {rubric.criteria.length} criteria, scores {rubric.levels.join(", ")}
      </dd>
      {set.decoding && [<dt key="d">Decoding</dt>, <dd key="dv">{decodingText(set.decoding)}</dd>]}
    </dl>
  );
}

/** "5 beams, no sampling, 10 to 200 tokens" */
function decodingText({ beams, sample, minLength, maxLength, unit, note }: Decoding): string {
  const length = minLength !== null && maxLength !== null
    ? `${minLength} to ${maxLength} ${unit}`
    : maxLength !== null
    ? `at most ${maxLength} ${unit}`
    : minLength !== null
    ? `at least ${minLength} ${unit}`
    : null;
  return [
    beams === 1 ? "greedy, 1 beam" : `${beams} beams`,
    sample ? "sampled" : "no sampling",
    length,
    note,
  ].filter(Boolean).join(", ");
}

function Models({ page: { set, items } }: { page: SetPage }) {
  return (
    <section>
      <h2>Models</h2>
      <TableBox label="Models">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" class="num">Parameters</th>
              <th scope="col" class="num">Completions</th>
            </tr>
          </thead>
          <tbody>
            {bySize(set.models).map(({ name, parameters, entryId }) => (
              <tr key={name}>
                <th scope="row">
                  {entryId === null ? name : <a href={`/models/${entryId}`}>{name}</a>}
                </th>
                <td class="num" data-label="Parameters">{formatParameters(parameters)}</td>
                <td class="num" data-label="Completions">
                  {formatInteger(items.filter(({ model }) => model === name).length)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Raters({ page: { set, raters } }: { page: SetPage }) {
  const sheets = `/lab/sets/${set.id}/sheets`;
  return (
    <section>
      <div class="head-row">
        <h2>Who scored it</h2>
        <span class="small">
          <a href={`${sheets}/completions.csv`}>completions.csv</a> ·{" "}
          <a href={`${sheets}/criteria.csv`}>criteria.csv</a>
        </span>
      </div>
      {raters.length === 0 ? <p class="note">Nobody yet.</p> : (
        <TableBox label="Raters">
          <table class="stack">
            <thead>
              <tr>
                <th scope="col">Rater</th>
                <th scope="col" class="num">Scores</th>
                <th scope="col" class="num">Repeats</th>
                <th scope="col">File</th>
              </tr>
            </thead>
            <tbody>
              {raters.map((rater) => <RaterRow key={rater.id} rater={rater} sheets={sheets} />)}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

interface RaterRowProps {
  rater: SetPage["raters"][number];
  /** Address below which the set's files are. */
  sheets: string;
}

function RaterRow({ rater, sheets }: RaterRowProps) {
  const sheet = rater.kind === "judge" ? "judge" : "scores";
  return (
    <tr>
      <th scope="row">
        <RaterName rater={rater} />
      </th>
      <td class="num" data-label="Scores">{formatInteger(rater.scores)}</td>
      <td class="num" data-label="Repeats">{formatInteger(rater.repeats)}</td>
      <td data-label="File">
        <a href={`${sheets}/${sheet}.csv?rater=${rater.id}`}>
          CSV<span class="visually-hidden">: {rater.name}</span>
        </a>
      </td>
    </tr>
  );
}
