// Rows as the JSON the API answers with: camelCase, dates as ISO text. Knows no route.

import type { Caller } from "../accounts/caller.ts";
import type { GuestPolicy } from "../accounts/sender.ts";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { CorpusView } from "../corpora/corpus_page.ts";
import { encodeCursor } from "../leaderboard/cursor.ts";
import type { Weights } from "../leaderboard/overall.ts";
import type { OverallBoard, OverallEntry } from "../leaderboard/overall_store.ts";
import type { EntryRank } from "../leaderboard/rank.ts";
import type { BoardRow } from "../leaderboard/store.ts";
import { BOARD_PAGE_SIZE, efficiency } from "../leaderboard/view.ts";
import type { Entry, ProbeRow, ScoreSummary, TwinScore } from "../storage/entry_schema.ts";
import type { Report } from "../storage/provenance_schema.ts";
import type { LedgerEvent, Upload } from "../storage/schema.ts";
import type { TwinPeriod } from "../twins/store.ts";
import type { Family } from "../submissions/family.ts";
import type { ComparedScores } from "../submissions/compare_page.ts";
import type { DecisionRow } from "../moderation/store.ts";
import type { ModelScore } from "../submissions/model_page.ts";
import type { EntrySummary } from "../submissions/store.ts";
import type { Verdict } from "../verification/types.ts";
import { scoreAddress } from "../submissions/score_address.ts";
import type { SpotCheckView } from "../verification/spot_check_view.ts";
import type { SeedOrigin } from "../verification/ticket_store.ts";
import type { Answer } from "./api_operation.ts";
import type * as answers from "./api_schemas.ts";
import type * as boardAnswers from "./board_schemas.ts";
import type * as modelAnswers from "./model_schemas.ts";
import type * as submissionAnswers from "./submission_schemas.ts";
import { seedOriginJson } from "./provenance_views.ts";
import { partAddress } from "./series.ts";

type Interval = [number, number] | null;

export function callerJson(
  caller: Caller | null,
  guests: GuestPolicy,
): Answer<typeof answers.callerSchema> {
  return {
    account: caller?.account ?? null,
    scopes: caller?.scopes ? [...caller.scopes] : null,
    guests,
  };
}

export function boardRowJson(
  { sample, ...row }: BoardRow,
  benchmark: Benchmark,
): Answer<typeof boardAnswers.boardRowSchema> {
  const { perMillionParameters, perTeraflop } = efficiency(row, benchmark);
  return {
    ...row,
    ...sampleJson(sample),
    scorePerMillionParameters: perMillionParameters,
    scorePerTeraflop: perTeraflop,
    createdAt: row.createdAt.toISOString(),
    url: `/models/${row.entryId}`,
  };
}

export function decisionJson(decision: DecisionRow): Answer<typeof answers.decisionSchema> {
  const { id, act, reason, author, entryName } = decision;
  return {
    ...{ id, act, entryId: decision.entry_id, entryName, accountId: decision.account_id },
    ...{ setId: decision.lab_set_id, setName: decision.setName, raterId: decision.lab_rater_id },
    ...{ promptSetId: decision.lab_prompt_set_id, promptsName: decision.promptsName },
    ...{ author, reason, moderator: decision.moderator_name, ledgerSeq: decision.ledger_seq },
    createdAt: decision.created_at.toISOString(),
    url: `/moderation/decisions#${id}`,
  };
}

export function overallRowJson(
  { createdAt, sample, ...row }: OverallEntry,
): Answer<typeof boardAnswers.overallRowSchema> {
  return {
    ...row,
    ...sampleJson(sample),
    createdAt: createdAt.toISOString(),
    url: `/models/${row.entryId}`,
  };
}

function sampleJson(sample: BoardRow["sample"]) {
  return { replayedSegments: sample?.count ?? null, segments: sample?.of ?? null };
}

export function overallJson(
  { rows, total, place, previous, next }: OverallBoard,
  weights: Weights,
  url: URL,
): Answer<typeof boardAnswers.overallSchema> {
  return {
    weights,
    pageSize: BOARD_PAGE_SIZE,
    total,
    place,
    previous: partAddress(url, "before", previous && encodeCursor(previous)),
    next: partAddress(url, "after", next && encodeCursor(next)),
    rows: rows.map(overallRowJson),
  };
}

export function benchmarkJson(benchmark: Benchmark): Answer<typeof boardAnswers.benchmarkSchema> {
  const { id, version, ranked, name, description, lowerIsBetter, unit, dataDigest } = benchmark;
  return { id, version, ranked, name, description, lowerIsBetter, unit, dataDigest };
}

function intervalOf({ interval_low, interval_high }: ScoreSummary): Interval {
  return interval_low === null || interval_high === null ? null : [interval_low, interval_high];
}

/** @param entryId whose page the examples are found at. */
export function scoreJson(
  score: ScoreSummary,
  entryId: string,
): Omit<Answer<typeof modelAnswers.scoreSchema>, "rank" | "rankedModels"> {
  return {
    benchmark: score.benchmark,
    version: score.version,
    score: score.score,
    interval: intervalOf(score),
    secondary: score.secondary,
    incompatibleReason: score.incompatible_reason,
    engineDigest: score.engine_digest,
    dataDigest: score.data_digest,
    wallMs: score.wall_ms,
    examplesUrl: scoreAddress(entryId, score.benchmark, score.version).api,
  };
}

/** A score with its examples. */
export function modelScoreJson(
  { entry, benchmark, score, examples }: ModelScore,
): Answer<typeof modelAnswers.modelScoreSchema> {
  return { entryId: entry.id, ...scoreJson(score, entry.id), unit: benchmark.unit, examples };
}

export function probeJson(
  { probe, passed, detail, engine_digest }: ProbeRow,
): Answer<typeof modelAnswers.probeSchema> {
  return { probe, passed, detail, engineDigest: engine_digest };
}

export function twinJson(twin: TwinScore): Answer<typeof modelAnswers.twinScoreSchema> {
  const { benchmark, version, period, correct, trials, gap, memorised } = twin;
  const gapInterval: [number, number] = [twin.gap_low, twin.gap_high];
  return { benchmark, version, period, correct, trials, gap, gapInterval, memorised };
}

export function twinPeriodJson(
  { committedAt, revealedAt, ...period }: TwinPeriod,
): Answer<typeof modelAnswers.twinPeriodSchema> {
  return {
    ...period,
    committedAt: committedAt.toISOString(),
    revealedAt: revealedAt?.toISOString() ?? null,
  };
}

export function entrySummaryJson(
  { id, name, author, status, provenance, file_digest, created_at }: EntrySummary,
): Answer<typeof modelAnswers.modelsSchema>["models"][number] {
  return {
    ...{ id, name, author, status, provenance },
    fileDigest: file_digest,
    createdAt: created_at.toISOString(),
    url: `/models/${id}`,
  };
}

export function entryJson(
  entry: Entry,
  { family, supersededBy, scores, probes, twins, reports, seed, spotCheck }: {
    family: Family;
    spotCheck: SpotCheckView | null;
    seed: SeedOrigin | null;
    supersededBy: string | null;
    scores: readonly { score: ScoreSummary; rank: EntryRank | null }[];
    probes: readonly ProbeRow[];
    twins: readonly TwinScore[];
    reports: readonly Report[];
  },
): Answer<typeof modelAnswers.modelSchema> {
  return {
    id: entry.id,
    name: entry.name,
    author: entry.author,
    blurb: entry.blurb,
    status: entry.status,
    provenance: entry.provenance,
    exactCount: entry.exact_count,
    modelDigest: entry.model_digest,
    file: entry.status === "withdrawn" ? null : `/files/${entry.file_digest}.tinygpt`,
    fileDigest: entry.file_digest,
    parameters: entry.parameters,
    trainingFlops: entry.training_flops,
    trainingTokens: entry.training_tokens,
    selfReportedMs: entry.self_reported_ms,
    trainedIn: entry.trained_in,
    dtype: entry.dtype,
    config: entry.config,
    recipeHash: entry.recipe_hash,
    recipe: entry.recipe,
    seedOrigin: seed && seedOriginJson(seed),
    chain: entry.chain,
    duplicateOf: entry.duplicate_of,
    forkOf: entry.fork_of,
    forks: family.forks.filter(({ forkOf }) => forkOf === entry.id).map(({ id }) => id),
    versions: family.versions.length > 1 ? family.versions.map(({ id }) => id).reverse() : [],
    supersededBy,
    withdrawnAt: entry.withdrawn_at?.toISOString() ?? null,
    failure: entry.failure && { ...entry.failure, ours: entry.failure.ours ?? false },
    visibility: entry.visibility,
    createdAt: entry.created_at.toISOString(),
    scores: scores.map(({ score, rank }) => ({
      ...scoreJson(score, entry.id),
      rank: rank?.rank ?? null,
      rankedModels: rank?.of ?? null,
    })),
    probes: probes.map(probeJson),
    twins: twins.map(twinJson),
    reports: reports.map(reportSummaryJson),
    spotCheck,
  };
}

export function reportSummaryJson(report: Report): Answer<typeof modelAnswers.reportSummarySchema> {
  return {
    id: report.id,
    entryId: report.entry_id,
    verdict: report.verdict as Verdict,
    firstDivergentStep: report.first_divergent_step,
    recipeHash: report.recipe_hash,
    statementDigest: report.statement_digest,
    createdAt: report.created_at.toISOString(),
    url: `/reports/${report.id}`,
  };
}

export function reportJson(report: Report): Answer<typeof modelAnswers.reportSchema> {
  return { ...reportSummaryJson(report), statement: report.statement, envelope: report.envelope };
}

/** `payload` stays the very text that was hashed. */
export function ledgerJson(event: LedgerEvent): Answer<typeof answers.ledgerEventSchema> {
  const { seq, at, kind, payload } = event;
  return { seq, at, kind, payload, prevHash: event.prev_hash, hash: event.hash };
}

/** Of two entries; `difference` and its interval are of A minus B, `better` is null for a tie. */
export function comparisonJson(
  entries: readonly Entry[],
  { benchmark, scores, pairs: [{ a, b, comparison, reason }] }: ComparedScores,
): Answer<typeof boardAnswers.comparisonSchema> {
  const side = (place: number) => {
    const { id, name } = entries[place];
    const score = scores[place]!;
    return { id, name, score: score.score, interval: intervalOf(score) };
  };
  return { benchmark: benchmarkJson(benchmark), a: side(a), b: side(b), comparison, reason };
}

/** @param offset bytes that have arrived. */
export function uploadJson(
  upload: Upload,
  offset: number,
): Answer<typeof submissionAnswers.uploadSchema> {
  return {
    id: upload.id,
    fileName: upload.file_name,
    sha256: upload.sha256,
    byteLength: upload.byte_length,
    offset,
    expiresAt: upload.expires_at.toISOString(),
    submission: upload.entry_id,
  };
}

export function corpusJson(corpus: CorpusView): Answer<typeof submissionAnswers.corpusSchema> {
  const { createdAt, ...rest } = corpus;
  return { ...rest, createdAt: createdAt?.toISOString() ?? null, url: `/corpora/${corpus.id}` };
}
