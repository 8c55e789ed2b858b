import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { formatBytes, formatInteger, shortDigest } from "../../components/format.ts";
import { scanSummary } from "../../components/ScanView.tsx";
import { TableBox } from "../../components/TableBox.tsx";
import { corpusList, type CorpusView } from "../../lib/corpora/corpus_page.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return page({ corpora: await corpusList(ctx.state.services.db) });
  },
});

export default define.page<typeof handler>(function CorporaPage({ data }) {
  return (
    <>
      <Head>
        <title>Corpora · Tinyproof</title>
      </Head>
      <div class="head-row">
        <h1>Corpora</h1>
        <a class="button" href="/corpora/new">Upload a corpus</a>
      </div>
      <p class="prose">
        What recipes may train on. Each is known by its SHA-256 and searched for the texts of every
        benchmark: a model made with a corpus that holds text of a benchmark has no rank there.
      </p>
      <TableBox label="Corpora">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Corpus</th>
              <th scope="col">Licence</th>
              <th scope="col" class="num">Size</th>
              <th scope="col">Scan</th>
              <th scope="col" class="num">Models</th>
            </tr>
          </thead>
          <tbody>
            {data.corpora.map((corpus) => <CorpusLine key={corpus.id} corpus={corpus} />)}
          </tbody>
        </table>
      </TableBox>
    </>
  );
});

function CorpusLine({ corpus }: { corpus: CorpusView }) {
  return (
    <tr>
      <th scope="row">
        <a href={`/corpora/${corpus.id}`}>{corpus.name}</a>
        <br />
        <small class="muted">
          {corpus.registered ? corpus.id : `${corpus.author}, ${shortDigest(corpus.sha256)}…`}
        </small>
      </th>
      <td data-label="Licence">{corpus.licence}</td>
      <td class="num nowrap" data-label="Size">{formatBytes(corpus.byteLength)}</td>
      <td data-label="Scan">{scanSummary(corpus.scan, corpus.scanFailure)}</td>
      <td class="num" data-label="Models">{formatInteger(corpus.models)}</td>
    </tr>
  );
}
