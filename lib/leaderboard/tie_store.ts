// Tie groups of a board, computed when its standings change and kept until they do again.

import { type Kysely, sql } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { compareOutcomes, type Outcome, pairingProblem } from "../benchmarks/compare.ts";
import { utf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";
import { jsonb } from "../storage/json.ts";
import type { Database } from "../storage/schema.ts";
import type { BoardRanks } from "./rank_store.ts";
import { type BoardKey, rankedRows } from "./standing_store.ts";
import { groupTies, intervalsOverlap, type Standing, standingKey, type TieGroup } from "./ties.ts";

/** Places that groups are made of; further down every model stands alone. */
const TIE_PLACES = 1000;
/** Models whose examples are read at a time. */
const BATCH = 50;

type BoardBenchmark = BoardKey & Pick<Benchmark, "unit">;

/** The groups of a board as it stands. */
export function boardTies(
  db: Kysely<Database>,
  benchmark: BoardBenchmark,
  ranks: BoardRanks,
): Promise<TieGroup[]> {
  return ranks.memoised("ties", async () => {
    const standings = await leading(db, benchmark);
    // Another one as soon as a model comes, goes, moves or is scored anew.
    const digest = await sha256Hex(utf8(standings.map(standingKey).join("\n")));
    return await storedGroups(db, benchmark, digest) ??
      await storeGroups(db, benchmark, digest, standings);
  });
}

/** What ties are made of: the leading models and their scores, in order. */
async function leading(db: Kysely<Database>, key: BoardKey): Promise<Standing[]> {
  const rows = await rankedRows(db, key)
    .orderBy("best_first").orderBy("parameters").orderBy("created_us")
    .orderBy(sql`entry_id collate "C"`)
    .select([
      "model_digest as modelDigest",
      "score",
      "interval_low as intervalLow",
      "interval_high as intervalHigh",
    ])
    .limit(TIE_PLACES).execute();
  return rows.map((row) => ({ ...row, score: row.score! }));
}

/** The groups of the board whose standings have this digest, or null when none were stored. */
async function storedGroups(
  db: Kysely<Database>,
  { id, version }: BoardBenchmark,
  standings: string,
): Promise<TieGroup[] | null> {
  const row = await db.selectFrom("tie_groups").select("groups")
    .where("benchmark", "=", id).where("version", "=", version)
    .where("standings", "=", standings).executeTakeFirst();
  return row?.groups ?? null;
}

/**
 * Computes the groups of these standings and stores them under their digest. A pair that was
 * compared for the standings before is not compared again: a new score costs comparisons with its
 * neighbours only, unless it leads a group.
 */
async function storeGroups(
  db: Kysely<Database>,
  benchmark: BoardBenchmark,
  digest: string,
  standings: readonly Standing[],
): Promise<TieGroup[]> {
  const { id, version } = benchmark;
  const before = await db.selectFrom("tie_groups").select("verdicts")
    .where("benchmark", "=", id).where("version", "=", version).executeTakeFirst();
  const reader = new OutcomeReader(db, benchmark, standings);
  const { groups, verdicts } = await groupTies(
    standings,
    before?.verdicts ?? [],
    async (leader, model) => {
      const a = await reader.leader(leader), b = await reader.model(model);
      return a && b && comparable(a, b)
        ? compareOutcomes(benchmark, a.outcomes, b.outcomes).better === null
        : intervalsOverlap(standings[leader], standings[model]);
    },
  );
  const made = { standings: digest, groups: jsonb(groups), verdicts: jsonb(verdicts) };
  await db.insertInto("tie_groups").values({ benchmark: id, version, ...made })
    .onConflict((conflict) => conflict.columns(["benchmark", "version"]).doUpdateSet(made))
    .execute();
  return groups;
}

/** What is kept of a model's examples. */
interface Kept {
  dataDigest: string;
  outcomes: Outcome[];
}

function comparable(a: Kept, b: Kept): boolean {
  return a.dataDigest === b.dataDigest && pairingProblem(a.outcomes, b.outcomes) === null;
}

/** Reads values and weights as the walk comes by, a batch at a time, and forgets them after. */
class OutcomeReader {
  readonly #db: Kysely<Database>;
  readonly #benchmark: BoardBenchmark;
  readonly #standings: readonly Standing[];
  #batch = new Map<string, Kept>();
  #leader: { place: number; kept: Kept | undefined } = { place: -1, kept: undefined };

  constructor(
    db: Kysely<Database>,
    benchmark: BoardBenchmark,
    standings: readonly Standing[],
  ) {
    this.#db = db;
    this.#benchmark = benchmark;
    this.#standings = standings;
  }

  async leader(place: number): Promise<Kept | undefined> {
    if (this.#leader.place !== place) {
      const { modelDigest } = this.#standings[place];
      const kept = this.#batch.get(modelDigest) ?? (await this.#read(place, 1)).get(modelDigest);
      this.#leader = { place, kept };
    }
    return this.#leader.kept;
  }

  async model(place: number): Promise<Kept | undefined> {
    const { modelDigest } = this.#standings[place];
    if (!this.#batch.has(modelDigest)) this.#batch = await this.#read(place, BATCH);
    return this.#batch.get(modelDigest);
  }

  async #read(place: number, models: number): Promise<Map<string, Kept>> {
    const digests = this.#standings.slice(place, place + models).map((row) => row.modelDigest);
    const rows = await this.#db.selectFrom("score").select([
      "model_digest",
      "data_digest",
      // Texts stay in the database: they are most of an example.
      sql<number[]>`jsonb_path_query_array(examples, '$[*].value')`.as("values"),
      sql<number[]>`jsonb_path_query_array(examples, '$[*].weight')`.as("weights"),
    ])
      .where("benchmark", "=", this.#benchmark.id).where("version", "=", this.#benchmark.version)
      .where("model_digest", "in", digests).execute();
    return new Map(rows.map(({ model_digest, data_digest, values, weights }) => [
      model_digest,
      {
        dataDigest: data_digest,
        outcomes: values.map((value, i) => ({ value, weight: weights[i] })),
      },
    ]));
  }
}
