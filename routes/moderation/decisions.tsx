import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { DONE } from "../../components/decision_words.ts";
import { DecisionList } from "../../components/DecisionList.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { decisionsQuery } from "../../lib/http/api_queries.ts";
import { parseQuery } from "../../lib/http/query.ts";
import { type Act, ACTS } from "../../lib/moderation/acts.ts";
import { listDecisions } from "../../lib/moderation/store.ts";

const PAGE_SIZE = 50;

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { act, before } = parseQuery(decisionsQuery, ctx.url);
    const decisions = await listDecisions(ctx.state.services.db, { act, before, limit: PAGE_SIZE });
    return page({ decisions, act });
  },
});

export default define.page<typeof handler>(function DecisionsPage({ data: { decisions, act } }) {
  const last = decisions.length === PAGE_SIZE ? decisions[decisions.length - 1] : undefined;
  return (
    <>
      <Head>
        <title>Decisions of moderators · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/audit">Audit</a>
      </p>
      <h1>Decisions of moderators</h1>
      <p class="lead">
        Everything moderators did, with the reason they gave. Each decision is a line of the{" "}
        <a href="/ledger">ledger</a> too. <a href="/feeds/decisions.xml">As a feed</a>,{" "}
        <a href="/api/v1/decisions">as JSON</a>.
      </p>
      <ActTabs chosen={act} />
      {decisions.length > 0
        ? <DecisionList decisions={decisions} named />
        : <p class="note">Nothing was decided yet.</p>}
      {last && (
        <p class="pager">
          <a href={`/moderation/decisions?before=${last.id}${act ? `&act=${act}` : ""}`}>
            Older decisions
          </a>
        </p>
      )}
    </>
  );
});

function ActTabs({ chosen }: { chosen: Act | undefined }) {
  const acts = ACTS.map((act) => ({
    href: `/moderation/decisions?act=${act}`,
    text: DONE[act],
    current: act === chosen,
  }));
  const all = { href: "/moderation/decisions", text: "All", current: chosen === undefined };
  return <Tabs label="Filter by act" tabs={[all, ...acts]} />;
}
