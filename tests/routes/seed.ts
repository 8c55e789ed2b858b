// Rows as a board has them after a few days: every state of proof, one hostile name, one failure.

import type { Kysely } from "kysely";
import { PROBES } from "../../lib/benchmarks/probes.ts";
import { REVERSE_16 } from "../../lib/benchmarks/reverse_16.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V1, TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import type { Services } from "../../lib/services.ts";
import type { BlobStore } from "../../lib/storage/blobs.ts";
import type { NewEntry } from "../../lib/storage/entry_schema.ts";
import { appendEvent } from "../../lib/storage/ledger.ts";
import type { Database } from "../../lib/storage/schema.ts";
import { withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { newEntry, putProbes, putScores } from "../../lib/submissions/store.ts";
import { quarterOf } from "../../lib/twins/quarter.ts";
import { rotateTwins } from "../../lib/twins/store.ts";
import { keepEngine } from "../../lib/verification/engine_store.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { recipeCommitment } from "../../lib/verification/ticket.ts";
import { ticketAndCount } from "../../lib/verification/ticket_store.ts";
import { type Statement, statementDigest } from "../../lib/verification/report.ts";
import type { SeedJobResult } from "../../lib/verification/result_schema.ts";
import { seedAuditStatement } from "../../lib/verification/seed_audit.ts";
import type { ReportSigner } from "../../lib/verification/signer.ts";
import { putReport } from "../../lib/verification/store.ts";
import { seedJudgeRun } from "../support/lab_judge_seed.ts";
import { seedLab } from "../support/lab_seed.ts";
import { EXAMPLE_CHAIN, EXAMPLE_RECIPE, exampleStatement } from "./example_run.ts";
import { seedSegments } from "./seed_segments.ts";

export const HOSTILE_NAME = `<img src=x onerror="alert(1)">'"&{{7*7}}`;
/** Of the upload that is under way: the one that the document of the API shows. */
export const UPLOAD_ID = "k7tqz4mwx9c2rhpd8vnb3sfg5jk7tqz4";
/** Of the seed of "stories". */
export const TICKET_ID = "m4xq7tzw2kbd";
/** By which a guest may withdraw "bard". */
export const WITHDRAWAL_KEY = "0123456789abcdef".repeat(2);
export const HOSTILE_BLURB = "</title><script>alert(2)</script>";

const HOUR_MS = 3_600_000;

/** What every WebAssembly begins with, and nothing more. */
const SMALLEST_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

interface SeedRow {
  id: string;
  name: string;
  author: string;
  parameters: number;
  provenance: NewEntry["provenance"];
  /** In the order of `SEEDED`; null is incompatible. */
  scores: (number | null)[];
  ageHours: number;
  exactCount?: number;
  recipe?: boolean;
}

/** By the id of the later one. */
const FORKS: Record<string, string> = { bard: "stories", evil: "bard" };
const REVISIONS: Record<string, string> = { oracle: "cheat" };

const SEEDED = [TINYSTORIES_PPL_V2, SORT_6, REVERSE_16, TINYSTORIES_PPL_V1];

const ROWS: SeedRow[] = [
  row("sortsix", "Sort solver 4k", "gallery", 4224, "exact", [null, 100, 0, null], 70, 2),
  row("reverser", "Reverse-16, two layers", "gallery", 28_416, "exact", [91.2, 0, 99.5, 88.1], 70),
  row("stories", "Story teller", "gallery", 844_032, "exact", [2.7513, 0, 0, 2.3921], 69, 2),
  row("bard", "Pocket Shakespeare", "gallery", 612_096, "pending", [4.1207, 0, 0, 4.0032], 68),
  row("import", "old-shakespeare", "from an older board", 136_960, "external", [5.2, 0, 0, 5.1], 9),
  row("cheat", "Too good to be true", "anon", 840_192, "mismatch", [1.9034, 100, 100, 1.8], 5),
  row("lost", "Forgotten corpus", "m. noor", 333_312, "not-reproducible", [3.9, 0, 0, 3.8], 4),
  row("oracle", "Knows what comes", "anon", 1_200_000, "rejected", [1.2, 99, 99, 1.2], 2),
  row("parrot", "Parrot", "anon", 60_000, "pending", [9.2, 100, 0, 9.1], 2),
  row("evil", HOSTILE_NAME, "<b>mallory</b>", 96_512, "pending", [3.3, 12.5, 3.5, 3.2], 1),
];

function row(
  id: string,
  name: string,
  author: string,
  parameters: number,
  provenance: NewEntry["provenance"],
  scores: (number | null)[],
  ageHours: number,
  exactCount = provenance === "exact" ? 1 : 0,
): SeedRow {
  const recipe = provenance !== "external";
  return { id, name, author, parameters, provenance, scores, ageHours, exactCount, recipe };
}

/** Fills an empty, migrated database. `now` is the newest time of any row. */
export async function seed(
  { db, blobs, signer }: Pick<Services, "db" | "blobs" | "signer">,
  now: Date,
): Promise<void> {
  const hash = await recipeHash(EXAMPLE_RECIPE);
  for (const [index, seeded] of ROWS.entries()) {
    const at = new Date(now.getTime() - seeded.ageHours * HOUR_MS);
    await seedEntry(db, blobs, seeded, at, hash);
    await seedScores(db, index, seeded);
    await seedProbes(db, index, seeded);
    await db.transaction().execute((trx) =>
      appendEvent(trx, "submission", { entry: seeded.id, name: seeded.name }, at)
    );
  }
  await seedTwins(db, now);
  await seedTickets(db, now);
  await keepEngine({ db, blobs }, SMALLEST_MODULE);
  await seedReport(db, "report-exact", "stories", "exact", now, signer);
  await seedAudit(db, hash, now);
  await seedSegments({ db, blobs }, "stories", now);
  // From before reports were signed.
  await seedReport(db, "report-cheat", "cheat", "mismatch", now);
  await seedFailure(db, blobs, now);
  await seedRelations(db, blobs, now);
  await seedLab({ db }, now);
  await seedJudgeRun({ db }, now);
}

/** Fresh seeds for one entry: one benchmark on which its seed was lucky, one on which not. */
async function seedAudit(db: Kysely<Database>, hash: string, now: Date): Promise<void> {
  const at = new Date(now.getTime() - HOUR_MS).toISOString();
  const runs: SeedJobResult[] = [[3.1042, 0], [3.0977, 0], [3.1101, 0]].map((scores, seed) => ({
    ...{ seed: seed + 7, engineDigest: "e".repeat(64), divergedAt: null, finalLoss: 1.13 },
    trainedDigest: digestOf(70 + seed),
    scores: [TINYSTORIES_PPL_V2, SORT_6].map(({ id, version }, i) => ({
      ...{ benchmark: id, version, claimed: [2.7513, 0][i], recomputed: scores[i] },
    })),
    verifier: {
      ...{ runtime: "Deno 2.9.6 (V8 15.0)", engineFamily: "v8", flags: [], isa: "x86_64" },
      ...{ threads: 2, selfTestDigest: digestOf(80) },
    },
    cost: { flops: 1e13, wallMs: 60_000 },
    ...{ startedAt: at, finishedAt: at },
  }));
  const model = ROWS.findIndex(({ id }) => id === "stories");
  const statement = seedAuditStatement({
    ...{ modelDigest: digestOf(model), recipeHash: hash, nonce: digestOf(79), runs },
    ticket: await ticketAndCount(db, TICKET_ID),
  });
  await db.insertInto("replay").values({
    ...{ id: "audit-one", entry_id: "stories", task: "fresh-seeds", state: "done" },
    ...{ nonce: digestOf(79), statement: JSON.stringify(statement), created_at: at },
    finished_at: at,
  }).execute();
}

/** A withdrawn entry, and an upload under way. */
async function seedRelations(db: Kysely<Database>, blobs: BlobStore, now: Date): Promise<void> {
  await newEntry(db, {
    ...{ id: "gone", name: "Taken back", author: "m. noor", blurb: "", status: "withdrawn" },
    withdrawn_at: now,
    file_digest: await storeFile(db, blobs, "gone"),
    file_name: "gone.tinygpt",
    model_digest: digestOf(60),
    parameters: 333_312,
    withdrawal_digest: withdrawalDigest(WITHDRAWAL_KEY),
    created_at: new Date(now.getTime() - 30 * HOUR_MS),
  });
  await db.updateTable("entry").set({ withdrawal_digest: withdrawalDigest(WITHDRAWAL_KEY) })
    .where("id", "=", "bard").execute();
  await db.insertInto("upload").values({
    id: UPLOAD_ID,
    file_name: "half.tinygpt",
    byte_length: 1000,
    sha256: digestOf(70),
    created_at: now,
    expires_at: new Date(now.getTime() + HOUR_MS),
  }).execute();
}

async function seedEntry(
  db: Kysely<Database>,
  blobs: BlobStore,
  { id, name, author, parameters, provenance, exactCount, recipe }: SeedRow,
  at: Date,
  hash: string,
): Promise<void> {
  await newEntry(db, {
    id,
    name,
    author,
    blurb: id === "evil" ? HOSTILE_BLURB : "Trained by the command line from a recipe of ours.",
    status: "scored",
    provenance,
    exact_count: exactCount,
    file_digest: await storeFile(db, blobs, id),
    file_name: `${id}.tinygpt`,
    model_digest: digestOf(ROWS.findIndex((seeded) => seeded.id === id)),
    parameters,
    training_flops: recipe ? parameters * 6 * 8e6 : null,
    training_tokens: recipe ? 8_000_000 : null,
    self_reported_ms: 754_000,
    dtype: "fp16",
    recipe_hash: recipe ? hash : null,
    recipe: recipe ? JSON.stringify(EXAMPLE_RECIPE) : null,
    chain: recipe ? JSON.stringify(EXAMPLE_CHAIN) : null,
    config: JSON.stringify(EXAMPLE_RECIPE.model),
    samples: JSON.stringify([
      {
        prompt: "Once upon a time",
        text: ", there was a little girl named Lily. She liked to play.",
      },
      { prompt: "The dog", text: " was very happy. He ran to the park and saw a big red ball." },
    ]),
    loss_history: JSON.stringify(lossHistory(parameters)),
    fork_of: FORKS[id] ?? null,
    revision_of: REVISIONS[id] ?? null,
    created_at: at,
  });
}

/** A few bytes of its own for each entry: files make entries. */
async function storeFile(db: Kysely<Database>, blobs: BlobStore, text: string): Promise<string> {
  const { digest, byteLength } = await blobs.putBytes(new TextEncoder().encode(`file of ${text}`));
  await db.insertInto("blob").values({ digest, byte_length: byteLength }).execute();
  return digest;
}

async function seedScores(db: Kysely<Database>, index: number, { scores }: SeedRow) {
  await putScores(
    db,
    SEEDED.map(({ id, version, dataDigest, unit }, i) => {
      const score = scores[i];
      const spread = unit === "%" ? 2.4 : (score ?? 0) * 0.03;
      return {
        model_digest: digestOf(index),
        benchmark: id,
        version,
        score,
        interval_low: score === null ? null : Math.max(0, score - spread),
        interval_high: score === null
          ? null
          : unit === "%"
          ? Math.min(100, score + spread)
          : score + spread,
        incompatible_reason: score === null
          ? "Its context of 16 is shorter than a story needs."
          : null,
        examples: JSON.stringify([
          {
            index: 0,
            prompt: "sort: 5 1 4 2 6 3 = ",
            expected: "1 2 3 4 5 6",
            output: "1 2 3 4 5 6",
            value: 1,
            weight: 1,
          },
          {
            index: 1,
            prompt: "<i>prompt</i>",
            expected: "x",
            output: "y",
            value: 0,
            weight: 1,
            note: "f(1) gave 2, <b>wanted</b> 3",
          },
        ]),
        engine_digest: digestOf(90),
        data_digest: dataDigest,
        wall_ms: 1234,
      };
    }),
  );
}

/** One entry has failed a probe; what was submitted long ago has none. */
async function seedProbes(db: Kysely<Database>, index: number, { provenance, ageHours }: SeedRow) {
  if (ageHours > 69) return;
  const passed = provenance !== "rejected";
  await putProbes(
    db,
    PROBES.map((probe) => ({
      model_digest: digestOf(index),
      probe,
      passed: passed || probe !== "no-look-ahead",
      detail: passed || probe !== "no-look-ahead"
        ? "After 6 contexts all is as it should be."
        : "Other tokens after place 18 of text 1 change the likelihood at place 4.",
      engine_digest: digestOf(90),
    })),
  );
}

/** The quarter before is revealed, the present one sealed; one model has memorised, one perhaps. */
async function seedTwins(db: Kysely<Database>, now: Date) {
  const past = new Date(now.getTime() - 92 * 24 * HOUR_MS);
  for (const at of [past, now]) await rotateTwins({ db, now: () => at });
  const met = (id: string, benchmark: string, correct: number, period: Date, gap: number[]) => ({
    model_digest: digestOf(ROWS.findIndex((seeded) => seeded.id === id)),
    ...{ benchmark, version: 1, period: quarterOf(period), correct, trials: 200 },
    ...{ gap: gap[0], gap_low: gap[1], gap_high: gap[2] },
    memorised: gap[0] > 50,
    engine_digest: digestOf(90),
  });
  await db.insertInto("twin_score").values([
    met("sortsix", "sort-6", 200, past, [0, -1.9, 1.9]),
    met("sortsix", "sort-6", 199, now, [0.5, -1.5, 2.8]),
    met("reverser", "reverse-16", 188, now, [5.5, 2.1, 9.6]),
    met("parrot", "sort-6", 14, now, [93, 88.1, 95.9]),
  ]).execute();
}

/** Three for the recipe of "stories", of which it used the second. */
async function seedTickets(db: Kysely<Database>, now: Date): Promise<void> {
  const commitment = await recipeCommitment(EXAMPLE_RECIPE);
  await db.insertInto("ticket").values(["first", TICKET_ID, "third"].map((id, i) => ({
    ...{ id, account_id: "ada", commitment, nonce: digestOf(80 + i), seed: EXAMPLE_RECIPE.seed },
    created_at: new Date(now.getTime() - (3 - i) * HOUR_MS),
  }))).execute();
  await db.updateTable("entry").set({ ticket: TICKET_ID }).where("id", "=", "stories").execute();
}

async function seedReport(
  db: Kysely<Database>,
  id: string,
  entryId: string,
  verdict: "exact" | "mismatch",
  now: Date,
  signer?: ReportSigner,
): Promise<void> {
  const { parameters } = ROWS.find((row) => row.id === entryId)!;
  const losses = lossHistory(parameters).flatMap((point) => "loss" in point ? [point] : []);
  const statement: Statement = await exampleStatement(verdict, losses);
  const envelope = signer &&
    await db.transaction().execute((trx) => signer.sign(trx, statement, now));
  await putReport(db, {
    id,
    entry_id: entryId,
    verdict,
    first_divergent_step: statement.predicate.firstDivergentStep,
    recipe_hash: statement.predicate.recipeHash,
    statement: JSON.stringify(statement),
    statement_digest: await statementDigest(statement),
    envelope: envelope && JSON.stringify(envelope),
    created_at: new Date(now.getTime() - HOUR_MS),
  });
}

async function seedFailure(db: Kysely<Database>, blobs: BlobStore, now: Date): Promise<void> {
  const failure = {
    stage: "reading file",
    reason: "Expected 8448 weight bytes at offset 1204, got 8440",
    fix: "Download or export the file again; its end is missing.",
  };
  await newEntry(db, {
    id: "broken",
    name: "Cut short",
    author: "k.",
    blurb: "",
    status: "failed",
    provenance: "pending",
    file_digest: await storeFile(db, blobs, "broken"),
    file_name: "broken.tinygpt",
    failure: JSON.stringify(failure),
    created_at: now,
  });
  await db.insertInto("job").values({
    id: "job-broken",
    kind: "score",
    entry_id: "broken",
    state: "failed",
    stage: "reading file",
    progress: 0.1,
    attempts: 3,
    log: "fetched 9644 bytes\nreading the header\n",
    error: JSON.stringify(failure),
  }).execute();
}

function digestOf(index: number): string {
  let bits = (index + 1) * 2654435761 % 2 ** 32;
  let hex = "";
  for (let i = 0; i < 8; i++) {
    bits = (bits * 1664525 + 1013904223) % 2 ** 32;
    hex += bits.toString(16).padStart(8, "0");
  }
  return hex;
}

/** Larger models learn faster here; every tenth point has a dev loss beside it. */
function lossHistory(parameters: number) {
  const pace = Math.log10(parameters);
  const training = Array.from({ length: 120 }, (_, i) => ({
    step: (i + 1) * 50,
    loss: 7 / pace + 4.4 / (1 + i * pace / 20) + 0.05 * ((i * 7919 % 13) / 13),
  }));
  const dev = training.filter((_, i) => i % 10 === 9).map(({ step, loss }) => ({
    step,
    dev: loss + 0.1,
  }));
  return [...training, ...dev];
}
