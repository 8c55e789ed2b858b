// Engines, seeds, audits and what visitors replay, as the JSON the API answers with. Knows no route.

import { CONFORMING_ENGINES } from "../engine/conforming.ts";
import type { Entry, ScoreSummary } from "../storage/entry_schema.ts";
import type { ConfirmationRow, SegmentConfirmationRow } from "../storage/provenance_schema.ts";
import type { EngineBinary } from "../storage/replay_schema.ts";
import { chainOrNull } from "../verification/chain.ts";
import { engineOfConfirmation } from "../verification/confirmation.ts";
import type { WantedEntry } from "../verification/confirmation_store.ts";
import { coverageOf } from "../verification/coverage.ts";
import type { PublicSegment } from "../verification/public_segments.ts";
import type { SeedAudit } from "../verification/seed_audit_store.ts";
import type { ListedTicket, SeedOrigin } from "../verification/ticket_store.ts";
import type { Answer } from "./api_operation.ts";
import type * as modelAnswers from "./model_schemas.ts";
import type * as answers from "./provenance_schemas.ts";

export function auditJson(
  { id, entryId, state, reason, createdAt, statement, envelope }: SeedAudit,
): Answer<typeof modelAnswers.seedAuditSchema> {
  const what = { id, entryId, state, reason, createdAt: createdAt.toISOString() };
  return { ...what, statement, envelope };
}

export function engineJson(
  { digest, byte_length, created_at, started_at }: EngineBinary,
): Answer<typeof modelAnswers.engineSchema> {
  return {
    sha256: digest,
    byteLength: byte_length,
    keptSince: created_at.toISOString(),
    lastStarted: started_at.toISOString(),
    conforming: CONFORMING_ENGINES.includes(digest),
    file: `/engines/${digest}.wasm`,
  };
}

export function listedTicketJson(
  { ticket, entry }: ListedTicket,
): Answer<typeof answers.listedTicketSchema> {
  return { ...ticket, entryId: entry, url: `/tickets/${ticket.id}` };
}

export function seedOriginJson(
  origin: SeedOrigin,
): Answer<typeof answers.seedOriginSchema> {
  if (origin.kind !== "ticket") return origin;
  const { count, ...ticketed } = origin;
  return { ...ticketed, ...count };
}

export function confirmationJson(
  row: ConfirmationRow | SegmentConfirmationRow,
): Answer<typeof answers.signedConfirmationSchema> {
  const { id, keyid, verdict, isa, runtime, envelope } = row;
  return {
    ...{ id, keyid, publicKey: row.public_key, verdict },
    firstDivergentStep: row.first_divergent_step,
    ...{ engineFamily: row.engine_family, isa, runtime, envelope },
    engineDigest: engineOfConfirmation(envelope),
    segment: "from_leaf" in row ? { from: row.from_leaf, to: row.to_leaf } : null,
    createdAt: row.created_at.toISOString(),
  };
}

/** What of the run its confirmed segments cover. */
export function coverageJson(
  { chain }: Pick<Entry, "chain">,
  rows: readonly SegmentConfirmationRow[],
): Answer<typeof answers.confirmationsSchema>["covered"] {
  return coverageOf(chainOrNull(chain)?.leafSteps ?? [], rows);
}

export function segmentJson(
  { state, ...segment }: PublicSegment,
): Answer<typeof answers.segmentSchema> {
  return { ...segment, state: state && { ...state, file: `/states/${state.sha256}.tinygpt` } };
}

/** A whole run, or a segment of it. */
export interface WantedReplay {
  entry: WantedEntry;
  segment: PublicSegment | null;
}

export function wantedJson(
  { entry, segment }: WantedReplay,
  scores: readonly ScoreSummary[],
): Answer<typeof answers.wantedSchema>["entries"][number] {
  return {
    ...{ entryId: entry.id, name: entry.name, provenance: entry.provenance },
    file: `/files/${entry.file_digest}.tinygpt`,
    modelDigest: entry.model_digest ?? "",
    trainingFlops: segment?.flops ?? entry.training_flops ?? 0,
    segment: segment && segmentJson(segment),
    claimedScores: scores.flatMap(({ benchmark, version, score }) =>
      score === null ? [] : [{ benchmark, version, score }]
    ),
  };
}
