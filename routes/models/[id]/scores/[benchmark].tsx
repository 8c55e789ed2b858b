import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { ExampleTable } from "../../../../components/ExampleTable.tsx";
import { formatInteger, formatInterval, formatScore } from "../../../../components/format.ts";
import { Pager } from "../../../../components/Pager.tsx";
import { Tabs } from "../../../../components/Tabs.tsx";
import type { ExampleResult, Unit } from "../../../../lib/benchmarks/benchmark.ts";
import { benchmarkVersion, pageNumber, parseQuery } from "../../../../lib/http/query.ts";
import { loadModelScore, type ModelScore } from "../../../../lib/submissions/model_page.ts";
import { scoreAddress } from "../../../../lib/submissions/score_address.ts";

const PAGE_SIZE = 50;
const SHOWN = ["all", "right", "wrong", "hardest"] as const;
type Shown = typeof SHOWN[number];

const querySchema = z.object({
  version: benchmarkVersion,
  show: z.enum(SHOWN, SHOWN.join(", ")).default("all"),
  page: pageNumber,
});

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { version, show, page: number } = parseQuery(querySchema, ctx.url);
    const { id, benchmark } = ctx.params;
    const found = await loadModelScore(ctx.state.services.db, id, { benchmark, version });
    return page({ ...found, show, number });
  },
});

export default define.page<typeof handler>(function ScorePage({ data }) {
  const { entry, benchmark, score, examples } = data;
  return (
    <>
      <Head>
        <title>{entry.name} on {benchmark.name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href={`/models/${entry.id}#scores`}>{entry.name}</a>
      </p>
      <h1>{benchmark.name}</h1>
      <p class="lead">{benchmark.description}</p>
      <ScoreFacts benchmark={benchmark} score={score} />
      {examples.length > 0 && <Examples {...data} />}
    </>
  );
});

function ScoreFacts({ benchmark, score }: Pick<ModelScore, "benchmark" | "score">) {
  return (
    <dl class="facts">
      <dt>Score</dt>
      <dd>
        {score.score === null ? score.incompatible_reason : (
          <>
            <strong>{formatScore(score.score, benchmark.unit)}</strong>
            {benchmark.unit === "%" ? "" : ` ${benchmark.unit}`}, 95 % interval{" "}
            {formatInterval(score.interval_low, score.interval_high, benchmark.unit)}
          </>
        )}
      </dd>
      {score.secondary.map(({ name, value, interval, unit }) => [
        <dt key={name}>On {name}</dt>,
        <dd key={`${name} value`}>
          {formatScore(value, unit)}, 95 % interval {formatInterval(...interval, unit)}
        </dd>,
      ])}
      <dt>Better is</dt>
      <dd>{benchmark.lowerIsBetter ? "lower" : "higher"}</dd>
      <dt>Version</dt>
      <dd>{benchmark.version}{benchmark.ranked ? ", ranked" : ", for comparison only"}</dd>
      <dt>SHA-256 of the data</dt>
      <dd>
        <code class="digest">{score.data_digest}</code>
      </dd>
    </dl>
  );
}

type ShownExamples = Omit<ModelScore, "score"> & { show: Shown; number: number };

function Examples({ entry, benchmark, examples, show, number }: ShownExamples) {
  const { page: address, api } = scoreAddress(entry.id, benchmark.id, benchmark.version);
  const chosen = choose(examples, show);
  const start = (number - 1) * PAGE_SIZE;
  return (
    <section>
      <div class="head-row">
        <h2>Examples</h2>
        <span class="muted small">
          {formatInteger(chosen.length)} of {formatInteger(examples.length)} ·{" "}
          <a href={`${api}&format=csv`} download>CSV</a> · <a href={api} download>JSON</a>
        </span>
      </div>
      <Choices unit={benchmark.unit} show={show} address={address} />
      {chosen.length > start
        ? (
          <ExampleTable
            benchmark={benchmark}
            examples={chosen.slice(start, start + PAGE_SIZE)}
          />
        )
        : <p class="note">There are no such examples.</p>}
      <Pager
        page={number}
        pages={Math.ceil(chosen.length / PAGE_SIZE)}
        path={shownAt(address, show)}
      />
    </section>
  );
}

function Choices({ unit, show, address }: { unit: Unit; show: Shown; address: string }) {
  const choices: [Shown, string][] = unit === "%"
    ? [["all", "All"], ["right", "Right"], ["wrong", "Wrong"]]
    : [["all", "In order"], ["hardest", "Hardest first"]];
  return (
    <Tabs
      label="Examples shown"
      tabs={choices.map(([value, text]) => ({
        href: shownAt(address, value),
        text,
        current: value === show,
      }))}
    />
  );
}

/** One address for each view: all of them are what is shown without being asked for. */
function shownAt(address: string, show: Shown): string {
  return show === "all" ? address : `${address}&show=${show}`;
}

function choose(examples: readonly ExampleResult[], show: Shown): readonly ExampleResult[] {
  switch (show) {
    case "all":
      return examples;
    case "right":
      return examples.filter(({ value }) => value === 1);
    case "wrong":
      return examples.filter(({ value }) => value === 0);
    case "hardest":
      return examples.toSorted((a, b) => b.value - a.value);
  }
}
