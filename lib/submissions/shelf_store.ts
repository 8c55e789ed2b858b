// Models that the playground offers, and prompts that suit one of them.

import { type Kysely, type NotNull, sql } from "kysely";
import { BENCHMARKS, RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import { utf8 } from "../bytes.ts";
import { NotFoundError } from "../errors.ts";
import { boardRows } from "../leaderboard/store.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { memoised } from "../storage/memo.ts";
import type { Database } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";
import { requireStanding } from "./require.ts";

const MOST_FEATURED = 8;
const MOST_PRESETS = 7;
/** Longer prompts are no beginning to try out. */
const LONGEST_PROMPT = 400;
const TEXT_BYTES = 300;
const ANSWER_LENGTH = 100;
/** In percent: a model that solves half of a task was made for it. */
const GOOD_SCORE = 50;

export interface ShelfModel {
  id: string;
  name: string;
  author: string;
  parameters: number | null;
  /** Why it stands here: "featured", or the boards it leads. */
  reason: string;
}

/** A prompt with settings that suit it. */
export interface Preset {
  label: string;
  prompt: string;
  /** How it goes on: the right answer, or what the model wrote. */
  answer: string;
  bytes: number;
  /** The likeliest token every time, as benchmarks do. */
  greedy: boolean;
}

/** A model as the playground opens it. */
export interface PlayModel {
  id: string;
  name: string;
  author: string;
  /** Address of its file. */
  file: string;
  presets: Preset[];
}

/** What editors have featured and who leads each board, the featured ones first. */
export function shelf(db: Kysely<Database>): Promise<ShelfModel[]> {
  return memoised(db, "playground shelf", async () => {
    const [chosen, leading] = [await featuredModels(db), await leaders(db)];
    const isFeatured = (id: string) => chosen.some((model) => model.id === id);
    const boards = (id: string) => leading.filter((model) => model.id === id);
    const all = new Map([...leading, ...chosen].map((model) => [model.id, model]));
    return [...all.values()].map(({ id, name, author, parameters }) => ({
      ...{ id, name, author, parameters },
      reason: [
        ...isFeatured(id) ? ["featured"] : [],
        ...boards(id).map(({ board }) => `leads ${board}`),
      ].join(", "),
    })).sort((a, b) => Number(isFeatured(b.id)) - Number(isFeatured(a.id)));
  });
}

const SHOWN = ["id", "name", "author", "parameters", "blurb", "status", "provenance"] as const;

/** A model that editors have chosen to be looked at. */
export type FeaturedModel = Pick<Entry, typeof SHOWN[number] | "exact_count"> & {
  model_digest: string;
};

/** The newest of what editors have featured. */
export async function featuredModels(db: Kysely<Database>): Promise<FeaturedModel[]> {
  return await featuredQuery(db).execute();
}

/** The query of `featuredModels`; a test holds its plan to an index. */
export function featuredQuery(db: Kysely<Database>) {
  return db.selectFrom("entry").select([...SHOWN, "exact_count", "model_digest"])
    .where(sql<boolean>`featured`).where(onBoard).where("status", "=", "scored")
    .where("model_digest", "is not", null).$narrowType<{ model_digest: NotNull }>()
    .orderBy("created_at", "desc").orderBy("id").limit(MOST_FEATURED);
}

/** The first of each board, in the order of the registry. */
async function leaders(db: Kysely<Database>) {
  const boards = await Promise.all(RANKED_BENCHMARKS.map(async (benchmark) => ({
    board: benchmark.name,
    rows: (await boardRows(db, benchmark, { limit: 1, offset: 0 })).rows,
  })));
  return boards.flatMap(({ board, rows }) =>
    rows.map(({ entryId, name, author, parameters }) => ({
      ...{ id: entryId, name, author, parameters, board },
    }))
  );
}

/** @throws {NotFoundError} when there is no such entry, or nothing of it to open. */
export async function playModel(db: Kysely<Database>, id: string): Promise<PlayModel> {
  const entry = await requireStanding(db, id);
  if (entry.model_digest === null) {
    throw new NotFoundError("This model cannot be opened", {
      expected: "a file that was read and scored",
      got: `an entry that is ${entry.status}`,
      fix: "Its status page says how far it is, or why it was refused.",
    });
  }
  return {
    id,
    name: entry.name,
    author: entry.author,
    file: `/files/${entry.file_digest}.tinygpt`,
    presets: await presetsOf(db, entry),
  };
}

/** Tasks it is good at, what it was asked for samples, then tasks of which it solved any. */
export async function presetsOf(
  db: Kysely<Database>,
  { model_digest, samples }: Pick<Entry, "model_digest" | "samples">,
): Promise<Preset[]> {
  const solved = model_digest === null ? [] : await solvedTasks(db, model_digest);
  const texts = (Array.isArray(samples) ? samples : []).flatMap((sample): Preset[] => {
    const { prompt, text } = Object(sample);
    if (!isPrompt(prompt) || typeof text !== "string") return [];
    const answer = text.slice(0, ANSWER_LENGTH);
    return [{ label: prompt.trim(), prompt, answer, bytes: TEXT_BYTES, greedy: false }];
  });
  const all = [
    ...solved.filter(({ score }) => score >= GOOD_SCORE),
    ...texts,
    ...solved.filter(({ score }) => score < GOOD_SCORE),
  ];
  return all.filter(({ prompt }, i) => all.findIndex((one) => one.prompt === prompt) === i)
    .slice(0, MOST_PRESETS)
    .map(({ label, prompt, answer, bytes, greedy }) => ({ label, prompt, answer, bytes, greedy }));
}

/** One solved trial of each benchmark that asks for an answer, in the order of the registry. */
async function solvedTasks(
  db: Kysely<Database>,
  modelDigest: string,
): Promise<(Preset & { score: number })[]> {
  const first = sql<unknown>`jsonb_path_query_first(examples, '$[*] ? (@.value == 1)')`;
  const rows = await db.selectFrom("score").where("model_digest", "=", modelDigest)
    .where("score", "is not", null)
    .select(["benchmark", "version", "score", first.as("example")]).execute();
  return BENCHMARKS.filter(({ ranked, unit }) => ranked && unit === "%")
    .flatMap(({ id, version, name }) => {
      const row = rows.find((one) => one.benchmark === id && one.version === version);
      const { prompt, expected } = Object(row?.example);
      if (!isPrompt(prompt) || typeof expected !== "string" || expected === "") return [];
      const bytes = Math.min(TEXT_BYTES, utf8(expected).length);
      const answer = expected.slice(0, ANSWER_LENGTH);
      return [{ label: name, prompt, answer, bytes, greedy: true, score: row!.score! }];
    });
}

function isPrompt(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_PROMPT;
}
