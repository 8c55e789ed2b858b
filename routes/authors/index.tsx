import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { authorPath } from "../../components/author_path.ts";
import { formatInteger } from "../../components/format.ts";
import { TableBox } from "../../components/TableBox.tsx";
import { pageNumber, parseQuery } from "../../lib/http/query.ts";
import { type AuthorRow, listAuthors } from "../../lib/leaderboard/authors.ts";

const PAGE_SIZE = 100;
const querySchema = z.object({ page: pageNumber });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { page: number } = parseQuery(querySchema, ctx.url);
    const rows = await listAuthors(ctx.state.services.db, {
      limit: PAGE_SIZE + 1,
      offset: (number - 1) * PAGE_SIZE,
    });
    return page({ number, authors: rows.slice(0, PAGE_SIZE), more: rows.length > PAGE_SIZE });
  },
});

export default define.page<typeof handler>(function AuthorsPage({ data }) {
  const { number, authors, more } = data;
  return (
    <>
      <Head>
        <title>Authors · Tinyproof</title>
      </Head>
      <h1>Authors</h1>
      <p class="lead">Everybody with a model on a board, most proven models first.</p>
      {authors.length === 0
        ? <p class="note">There is nobody on this page.</p>
        : <AuthorTable authors={authors} />}
      <nav class="pager" aria-label="Pages">
        {number > 1 && <a href={`/authors?page=${number - 1}`} rel="prev">Previous</a>}
        {more && <a href={`/authors?page=${number + 1}`} rel="next">Next</a>}
      </nav>
    </>
  );
});

function AuthorTable({ authors }: { authors: readonly AuthorRow[] }) {
  return (
    <TableBox label="Authors">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Author</th>
            <th scope="col" class="num">Models</th>
            <th scope="col" class="num">Proven</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {authors.map(({ author, entries, exact, since }) => (
            <tr key={author}>
              <th scope="row">
                <a href={authorPath(author)}>{author}</a>
              </th>
              <td class="num" data-label="Models">{formatInteger(entries)}</td>
              <td class="num" data-label="Proven">{formatInteger(exact)}</td>
              <td class="nowrap" data-label="Since">
                <time dateTime={since.toISOString()}>{since.toISOString().slice(0, 10)}</time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
