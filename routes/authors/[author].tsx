import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { Bits } from "../../components/Bits.tsx";
import {
  formatAge,
  formatFlops,
  formatInteger,
  formatParameters,
  formatScore,
  UNKNOWN,
} from "../../components/format.ts";
import { StateBadge } from "../../components/StateBadge.tsx";
import { TableBox } from "../../components/TableBox.tsx";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { authorEntries, type AuthorEntry, isAuthor } from "../../lib/leaderboard/authors.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const author = decodeURIComponent(ctx.params.author);
    const { db } = ctx.state.services;
    const entries = await authorEntries(db, author, RANKED_BENCHMARKS);
    if (entries.length === 0 && !await isAuthor(db, author)) {
      throw new NotFoundError("Nothing was submitted under this name", {
        got: author.slice(0, 40),
        fix: "Find the author in the list of authors.",
      });
    }
    return page({ author, entries, now: new Date() });
  },
});

export default define.page<typeof handler>(function AuthorPage({ data }) {
  const { author, entries, now } = data;
  const proven = entries.filter(({ provenance }) => provenance === "exact").length;
  return (
    <>
      <Head>
        <title>{author} · Tinyproof</title>
        <meta name="description" content={`Tiny language models by ${author}`} />
      </Head>
      <p class="crumbs">
        <a href="/authors">Authors</a>
      </p>
      <h1>{author}</h1>
      <p class="lead">
        {formatInteger(entries.length)} {entries.length === 1 ? "model" : "models"},{" "}
        {formatInteger(proven)} proven by exact replay.
      </p>
      {entries.length === 0
        ? <p class="note">None of them has a rank on a board.</p>
        : <AuthorTable author={author} entries={entries} now={now} />}
    </>
  );
});

function AuthorTable(
  { author, entries, now }: { author: string; entries: AuthorEntry[]; now: Date },
) {
  return (
    <TableBox label={`Models by ${author}`}>
      <table class="stack compared by-author">
        <thead>
          <tr>
            <th scope="col">Model</th>
            {RANKED_BENCHMARKS.map(({ id, name }) => (
              <th key={id} scope="col" class="num">
                <a href={`/leaderboard/${id}`}>{name}</a>
              </th>
            ))}
            <th scope="col" class="num">Parameters</th>
            <th scope="col" class="num">Training FLOPs</th>
            <th scope="col">Proof</th>
            <th scope="col">Age</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => <AuthorRow key={entry.entryId} entry={entry} now={now} />)}
        </tbody>
      </table>
    </TableBox>
  );
}

function AuthorRow({ entry, now }: { entry: AuthorEntry; now: Date }) {
  return (
    <tr>
      <th scope="row" class="model-cell">
        <div class="model-name">
          {entry.modelDigest && <Bits digest={entry.modelDigest} />}
          <a href={`/models/${entry.entryId}`}>{entry.name}</a>
        </div>
      </th>
      {RANKED_BENCHMARKS.map(({ id, name, unit }) => {
        const found = entry.scores.find(({ benchmark }) => benchmark === id);
        return (
          <td key={id} class="num" data-label={name}>
            {found ? formatScore(found.score, unit) : UNKNOWN}
          </td>
        );
      })}
      <td class="num" data-label="Parameters">
        {formatParameters(entry.parameters)}
      </td>
      <td class="num" data-label="Training FLOPs">
        {formatFlops(entry.trainingFlops)}
      </td>
      <td data-label="Proof">
        <StateBadge
          state={entry.provenance}
          count={entry.exactCount}
          sample={entry.sample}
        />
      </td>
      <td class="nowrap" data-label="Age">
        <time dateTime={entry.createdAt.toISOString()}>
          {formatAge(entry.createdAt, now)}
        </time>
      </td>
    </tr>
  );
}
