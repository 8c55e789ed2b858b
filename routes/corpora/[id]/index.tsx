import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { formatInteger } from "../../../components/format.ts";
import { scanSummary, ScanView } from "../../../components/ScanView.tsx";
import { StateBadge } from "../../../components/StateBadge.tsx";
import { fromUtf8 } from "../../../lib/bytes.ts";
import { type CorpusView, loadCorpusPage } from "../../../lib/corpora/corpus_page.ts";
import { type SampleShare, withSamples } from "../../../lib/verification/sample_store.ts";
import { findCorpus } from "../../../lib/corpora/registry.ts";
import type { ModelMadeWith } from "../../../lib/corpora/store.ts";

const PREVIEW_BYTES = 2048;

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { id } = ctx.params;
    const { db } = ctx.state.services;
    const { corpus, preview, ...found } = await loadCorpusPage(db, id);
    const models = await withSamples(db, found.models);
    return page({ corpus, models, preview: preview ?? await registeredPreview(id) });
  },
});

async function registeredPreview(id: string): Promise<string> {
  const path = new URL(`../../../data/${findCorpus(id)!.file}`, import.meta.url);
  using file = await Deno.open(path);
  const bytes = new Uint8Array(PREVIEW_BYTES);
  const count = await file.read(bytes) ?? 0;
  return fromUtf8(bytes.subarray(0, count)).replace(/\uFFFD+$/, "");
}

export default define.page<typeof handler>(function CorpusPage({ data }) {
  const { corpus, models, preview } = data;
  return (
    <>
      <Head>
        <title>{corpus.name} · Tinyproof</title>
      </Head>
      <h1>{corpus.name}</h1>
      <Facts corpus={corpus} />
      <p class="actions">
        <a class="button quiet" href={corpus.file} download>Download the text</a>
      </p>
      <section id="scan">
        <h2>Scan for evaluation texts</h2>
        <p class="note">The corpus {sentence(corpus)}.</p>
        {corpus.scanFailure !== null && <p class="note">{corpus.scanFailure}</p>}
        {corpus.scan && <ScanView report={corpus.scan} />}
      </section>
      <section id="recipe">
        <h2>In a recipe</h2>
        <pre tabIndex={0}>{recipeLine(corpus)}</pre>
        {!corpus.registered && (
          <p class="prose">
            The command line needs the text beside the recipe:{" "}
            <code>deno task cli train --corpus-file FILE</code>.
          </p>
        )}
      </section>
      <Models models={models} />
      <section id="preview">
        <h2>How it begins</h2>
        <pre class="preview" tabIndex={0}>{preview}</pre>
      </section>
    </>
  );
});

function Facts({ corpus }: { corpus: CorpusView }) {
  const [start, end] = corpus.trainRange;
  return (
    <dl class="facts">
      <dt>Licence</dt>
      <dd>{corpus.licence}</dd>
      <dt>Source</dt>
      <dd>{corpus.source}</dd>
      {corpus.author !== null && <dt>Sent by</dt>}
      {corpus.author !== null && <dd>{corpus.author}</dd>}
      <dt>Bytes</dt>
      <dd>
        {formatInteger(corpus.byteLength)}
        {end < corpus.byteLength &&
          `, of which recipes train on ${formatInteger(start)} to ${formatInteger(end)}`}
      </dd>
      <dt>SHA-256</dt>
      <dd>
        <code class="digest">{corpus.sha256}</code>
      </dd>
    </dl>
  );
}

type ListedModel = ModelMadeWith & { sample?: SampleShare };

function Models({ models }: { models: readonly ListedModel[] }) {
  return (
    <section id="models">
      <h2>Models made with it</h2>
      {models.length === 0 ? <p class="note">None yet.</p> : (
        <ul class="plain-list">
          {models.map((model) => (
            <li key={model.id}>
              <a href={`/models/${model.id}`}>{model.name}</a>{" "}
              <span class="muted">{model.author}</span>{" "}
              <StateBadge
                state={model.provenance}
                count={model.exact_count}
                sample={model.sample}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The summary as the end of a sentence that begins "The corpus". */
function sentence({ scan, scanFailure }: CorpusView): string {
  const summary = scanSummary(scan, scanFailure);
  return summary.startsWith("clean") ? `is ${summary}` : summary;
}

function recipeLine({ id, sha256 }: CorpusView): string {
  return `"data": [${
    JSON.stringify({ corpus: id, sha256, weight: 1 }, null, 1).replaceAll(/\s+/g, " ")
  }]`;
}
