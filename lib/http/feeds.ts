// Atom feeds of what happens on the board. Knows the queries, not the addresses of feeds.

import { Feed } from "feed";
import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { boardRecords } from "../leaderboard/pictures.ts";
import type { Database } from "../storage/schema.ts";
import { type DecisionRow, listDecisions } from "../moderation/store.ts";
import { listReports } from "../verification/store.ts";
import { xmlCharacters } from "./xml.ts";

const LENGTH = 50;

export interface FeedAddress {
  /** Of this site, for example "https://board.example". */
  origin: string;
  path: string;
}

/** New first places, newest first. */
export async function recordsFeed(
  db: Kysely<Database>,
  benchmarks: readonly Benchmark[],
  address: FeedAddress,
): Promise<string> {
  const all = await Promise.all(
    benchmarks.map(async (benchmark) =>
      (await boardRecords(db, benchmark)).map((record) => ({ benchmark, record }))
    ),
  );
  const newest = all.flat()
    .sort((a, b) => b.record.since.getTime() - a.record.since.getTime()).slice(0, LENGTH);
  const feed = open("Tinyproof: records", address, newest[0]?.record.since);
  for (const { benchmark, record } of newest) {
    const score = benchmark.unit === "%" ? `${record.score} %` : record.score.toFixed(4);
    feed.addItem({
      id: `${address.origin}/leaderboard/${benchmark.id}/records#${record.entryId}`,
      link: `${address.origin}/models/${record.entryId}`,
      title: asHtml(`${record.name} leads ${benchmark.name} with ${score}`),
      description: asHtml(
        `By ${record.author}, ${record.parameters} parameters, proof: ${record.provenance}.`,
      ),
      date: record.since,
    });
  }
  return xmlCharacters(feed.atom1());
}

/** The latest verdicts, newest first. */
export async function verdictsFeed(
  db: Kysely<Database>,
  address: FeedAddress,
): Promise<string> {
  const reports = await listReports(db, { limit: LENGTH });
  const feed = open("Tinyproof: verdicts", address, reports[0]?.created_at);
  for (const report of reports) {
    const step = report.first_divergent_step;
    feed.addItem({
      id: `${address.origin}/reports/${report.id}`,
      link: `${address.origin}/reports/${report.id}`,
      title: asHtml(`${report.entryName}: ${report.verdict}`),
      description: asHtml(
        step === null
          ? `The replay of ${report.entryName} ended: ${report.verdict}.`
          : `The replay of ${report.entryName} first differs at step ${step}.`,
      ),
      date: report.created_at,
    });
  }
  return xmlCharacters(feed.atom1());
}

/** The latest decisions of moderators, newest first. */
export async function decisionsFeed(
  db: Kysely<Database>,
  address: FeedAddress,
): Promise<string> {
  const decisions = await listDecisions(db, { limit: LENGTH });
  const feed = open("Tinyproof: decisions of moderators", address, decisions[0]?.created_at);
  for (const decision of decisions) {
    const { id, act, reason, created_at } = decision;
    feed.addItem({
      id: `${address.origin}/moderation/decisions#${id}`,
      link: `${address.origin}/moderation/decisions#${id}`,
      title: asHtml(`${act}: ${subjectOf(decision)}`),
      description: asHtml(reason),
      date: created_at,
    });
  }
  return feed.atom1();
}

function subjectOf(
  { entry_id, entryName, author, ...lab }: DecisionRow,
): string | null {
  const { lab_set_id, setName, lab_prompt_set_id, promptsName } = lab;
  if (lab_prompt_set_id !== null) return promptsName ?? `hidden prompts, ${lab_prompt_set_id}`;
  if (lab_set_id !== null) return setName ?? `a hidden set of the lab, ${lab_set_id}`;
  return entry_id === null ? author : entryName ?? `a hidden model, ${entry_id}`;
}

/** An empty feed was last changed when time began, so that its bytes follow from the data alone. */
function open(title: string, { origin, path }: FeedAddress, updated = new Date(0)): Feed {
  return new Feed({
    title,
    id: origin + path,
    link: origin,
    updated,
    copyright: "",
    generator: "Tinyproof",
    feedLinks: { atom: origin + path },
  });
}

/** The library marks titles and summaries as HTML, and names are anybody's text. */
function asHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
