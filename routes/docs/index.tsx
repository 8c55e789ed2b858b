import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { listDocuments } from "../../lib/http/documents.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return page({ documents: await listDocuments() });
  },
});

export default define.page<typeof handler>(function DocumentsPage({ data: { documents } }) {
  return (
    <>
      <Head>
        <title>Documents · Tinyproof</title>
      </Head>
      <h1>Documents</h1>
      <p class="lead">
        The contracts, formulae and measurements behind this board, as they stand beside its source.
        {" "}
        <a href="/about">How it works</a> is the short version.
      </p>
      <dl class="facts documents">
        {documents.map(({ name, title, summary }) => [
          <dt key={name}>
            <a href={`/docs/${name}`}>{title}</a>
          </dt>,
          <dd key={`${name}-summary`}>{summary}</dd>,
        ])}
      </dl>
    </>
  );
});
