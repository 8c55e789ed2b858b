import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { readDocument } from "../../lib/http/documents.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return page(await readDocument(ctx.params.name));
  },
});

export default define.page<typeof handler>(function DocumentPage({ data: { title, html } }) {
  return (
    <>
      <Head>
        <title>{title} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/docs">Documents</a>
      </p>
      <h1>{title}</h1>
      <div class="document" dangerouslySetInnerHTML={{ __html: html }} />
    </>
  );
});
