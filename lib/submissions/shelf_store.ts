// Models that the playground offers, and prompts that suit one of them.

import { type Kysely, sql } from "kysely";
import { BENCHMARKS, RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import { utf8 } from "../bytes.ts";
import { NotFoundError } from "../errors.ts";
import { boardRows } from "../leaderboard/store.ts";
import { memoised } from "../storage/memo.ts";
import type { Database, Entry } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";
import { requireStanding } from "./require.ts";

const MOST_FEATURED = 8;
const MOST_PRESETS = 7;
/** Longer prompts are no beginning to try out. */
const LONGEST_PROMPT = 400;
const STORY_BYTES = 300;
const MOST_BYTES = 300;

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

/** What editors have featured, the newest first; then who leads each board. */
export function shelf(db: Kysely<Database>): Promise<ShelfModel[]> {
  return memoised(db, "playground shelf", async () => {
    const featured = await db.selectFrom("entry").select(["id", "name", "author", "parameters"])
      .where("featured", "=", true).where(onBoard).where("status", "=", "scored")
      .where("model_digest", "is not", null)
      .orderBy("created_at", "desc").orderBy("id").limit(MOST_FEATURED).execute();
    const models = new Map<string, ShelfModel>(
      featured.map((model) => [model.id, { ...model, reason: "featured" }]),
    );
    for (const benchmark of RANKED_BENCHMARKS) {
      const { rows: [first] } = await boardRows(db, benchmark, { limit: 1, offset: 0 });
      if (!first) continue;
      const { entryId: id, name, author, parameters } = first;
      const known = models.get(id);
      const reason = known
        ? `${known.reason}, leads ${benchmark.name}`
        : `leads ${benchmark.name}`;
      models.set(id, { id, name, author, parameters, reason });
    }
    return [...models.values()];
  });
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

/** Tasks it has solved, then what it was asked for samples. */
export async function presetsOf(
  db: Kysely<Database>,
  { model_digest, samples }: Pick<Entry, "model_digest" | "samples">,
): Promise<Preset[]> {
  const solved = model_digest === null ? [] : await solvedTasks(db, model_digest);
  const prompts = (Array.isArray(samples) ? samples : []).map((sample) => Object(sample).prompt);
  const stories = prompts.flatMap((prompt): Preset[] =>
    isPrompt(prompt) ? [{ label: prompt, prompt, bytes: STORY_BYTES, greedy: false }] : []
  );
  return [...solved, ...stories].slice(0, MOST_PRESETS);
}

/** One solved trial of each benchmark that asks for an answer, in the order of the registry. */
async function solvedTasks(db: Kysely<Database>, modelDigest: string): Promise<Preset[]> {
  const first = sql<unknown>`jsonb_path_query_first(examples, '$[*] ? (@.value == 1)')`;
  const rows = await db.selectFrom("score").where("model_digest", "=", modelDigest)
    .where("score", "is not", null)
    .select(["benchmark", "version", first.as("example")]).execute();
  return BENCHMARKS.filter(({ ranked, unit }) => ranked && unit === "%")
    .flatMap(({ id, version, name }): Preset[] => {
      const row = rows.find((one) => one.benchmark === id && one.version === version);
      const { prompt, expected } = Object(row?.example);
      if (!isPrompt(prompt) || typeof expected !== "string" || expected === "") return [];
      const bytes = Math.min(MOST_BYTES, utf8(expected).length);
      return [{ label: name, prompt, bytes, greedy: true }];
    });
}

function isPrompt(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_PROMPT;
}
