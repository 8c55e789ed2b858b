import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../../../../app_state.ts";
import { ScoreStart } from "../../../../components/ScoreStart.tsx";
import ScoreItems, { type FirstStep } from "../../../../islands/ScoreItems.tsx";
import { guestPolicy } from "../../../../lib/config.ts";
import { readForm } from "../../../../lib/http/form.ts";
import { beginRating, mustRate, raterOf } from "../../../../lib/http/lab_rater.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { ratingLimiter, remoteAddress } from "../../../../lib/http/rate_limit.ts";
import { eventsOfForm, givenTo, newFormKey } from "../../../../lib/http/scoring_form.ts";
import {
  scoringChoice,
  scoringPageQuery,
  scoringQuery,
  scoringSearch,
} from "../../../../lib/http/scoring_query.ts";
import {
  cellKey,
  nextOpen,
  type ScoringView,
  tasksDone,
} from "../../../../lib/lab/scoring/view.ts";
import { loadScoring } from "../../../../lib/lab/scoring_store.ts";
import { takeScores } from "../../../../lib/lab/take_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const query = parseQuery(scoringPageQuery, ctx.url);
    const choice = scoringChoice(query);
    const rater = await raterOf(ctx);
    const view = await loadScoring(ctx.state.services.db, ctx.params.id, rater, choice);
    const search = scoringSearch(choice);
    const begun = rater !== null && ctx.url.searchParams.has("mode");
    return page({
      view,
      search,
      begun,
      task: query.task ?? null,
      key: newFormKey(),
      guests: guestPolicy(ctx.state.services.config),
    });
  },

  /** Begins, or takes one item's scores, for browsers without scripts. */
  async POST(ctx) {
    const fields = await readForm(ctx.req);
    const { id } = ctx.params;
    if (fields.do === "begin") {
      const choice = scoringChoice(parseQuery(scoringQuery, asQuery(fields, ctx.url)));
      const { cookie } = await beginRating(ctx, fields);
      const headers = new Headers({ location: `/lab/sets/${id}/score?${scoringSearch(choice)}` });
      if (cookie !== null) headers.append("set-cookie", cookie);
      return new Response(null, { status: 303, headers });
    }
    await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { db, now } = ctx.state.services;
    const rater = await mustRate(ctx);
    await takeScores(db, id, rater, eventsOfForm(rater.id, fields), now());
    const choice = scoringChoice(parseQuery(scoringPageQuery, ctx.url));
    return ctx.redirect(`/lab/sets/${id}/score?${scoringSearch(choice)}`, 303);
  },
});

function asQuery(fields: Record<string, string>, { href }: URL): URL {
  const url = new URL(href);
  for (const name of ["mode", "category", "repeats"]) {
    url.searchParams.set(name, fields[name] ?? "");
  }
  return url;
}

/** The step a page without scripts shows; null when everything is scored. */
function firstStep(view: ScoringView, task: number | null): FirstStep | null {
  const scored = new Set(
    view.cells.map((cell) => cellKey(cell.itemId, cell.criterion, cell.round)),
  );
  const isScored = (key: string) => scored.has(key);
  const open = nextOpen(view.tasks, isScored);
  const at = task === null ? open?.task ?? null : Math.min(task, view.tasks.length) - 1;
  if (at === null || at < 0) return null;
  const { itemId, criteria, round } = view.tasks[at];
  const given = givenTo(view, view.tasks[at]);
  const current = criteria.find((id) => given[id] === undefined) ?? criteria[0];
  return {
    itemId,
    round,
    levels: view.levels,
    criteria: view.criteria.filter(({ id }) => criteria.includes(id)),
    story: view.items[itemId],
    given: Object.fromEntries(Object.entries(given).map(([id, { value }]) => [id, value])),
    current,
    note: given[current]?.note ?? "",
    task: at,
    tasks: view.tasks.length,
    done: tasksDone(view.tasks, isScored),
  };
}

function title({ set }: ScoringView): string {
  return `Score ${set.name} · Tinyproof`;
}

interface Shown {
  view: ScoringView;
  search: string;
  task: number | null;
  keyOfForm: string;
}

function Scoring({ view, search, task, keyOfForm }: Shown) {
  const { id } = view.set;
  const first = firstStep(view, task);
  if (first === null) {
    return (
      <p class="note good">
        <strong>All {view.tasks.length} are scored.</strong>{" "}
        <a href={`/lab/sets/${id}`}>To the set</a>
      </p>
    );
  }
  return (
    <form method="post" action={`/lab/sets/${id}/score?${search}`}>
      <input type="hidden" name="do" value="answer" />
      <input type="hidden" name="item" value={first.itemId} />
      <input type="hidden" name="round" value={first.round} />
      <input type="hidden" name="key" value={keyOfForm} />
      <ScoreItems setId={id} query={search} first={first} start={task} />
    </form>
  );
}

export default define.page<typeof handler>(function ScorePage({ data, state }) {
  const { view, search, begun, task, key, guests } = data;
  return (
    <>
      <Head>
        <title>{title(view)}</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href={`/lab/sets/${view.set.id}`}>{view.set.name}</a>
      </p>
      <h1>Score {view.set.name}</h1>
      {begun
        ? <Scoring view={view} search={search} task={task} keyOfForm={key} />
        : <ScoreStart view={view} account={accountName(state)} guests={guests} />}
    </>
  );
});

function accountName({ caller }: State): string | null {
  return caller?.account.name ?? null;
}
