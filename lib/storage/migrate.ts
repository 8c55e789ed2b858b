// Brings the database to the latest schema. Forward only; the list is static so that it bundles.

import { sql } from "kysely";
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration";
import { watchTables } from "./changes.ts";
import type { Db } from "./database.ts";
import * as initial from "../../migrations/2026_11_21_initial.ts";
import * as trainedDigest from "../../migrations/2026_11_22_trained_digest.ts";
import * as waitingJobPriority from "../../migrations/2026_11_22_waiting_job_priority.ts";
import * as probes from "../../migrations/2026_11_24_probes.ts";
import * as secondaryFigures from "../../migrations/2026_11_24_secondary_figures.ts";
import * as twins from "../../migrations/2026_11_24_twins.ts";
import * as corpora from "../../migrations/2026_11_24_user_corpora.ts";
import * as withinNoise from "../../migrations/2026_11_24_within_noise.ts";
import * as accounts from "../../migrations/2026_11_27_accounts.ts";
import * as entryOwner from "../../migrations/2026_11_27_entry_owner.ts";
import * as tickets from "../../migrations/2026_11_27_tickets.ts";
import * as moderation from "../../migrations/2026_11_27_moderation.ts";
import * as signedReports from "../../migrations/2026_11_27_signed_reports.ts";
import * as submitting from "../../migrations/2026_11_27_submitting.ts";
import * as workers from "../../migrations/2026_11_27_workers.ts";
import * as lab from "../../migrations/2026_11_28_lab.ts";
import * as standings from "../../migrations/2026_11_27_standings.ts";
import * as confirmations from "../../migrations/2026_11_28_confirmations.ts";
import * as entryTickets from "../../migrations/2026_11_28_entry_tickets.ts";
import * as engines from "../../migrations/2026_11_28_engines.ts";
import * as replaySegments from "../../migrations/2026_11_28_replay_segments.ts";
import * as segmentConfirmations from "../../migrations/2026_12_02_segment_confirmations.ts";
import * as stateUploads from "../../migrations/2026_12_03_state_uploads.ts";
import * as boardOrders from "../../migrations/2026_12_04_board_orders.ts";
import * as hiddenPrompts from "../../migrations/2026_12_04_hidden_prompts.ts";
import * as labMore from "../../migrations/2026_12_01_lab_more.ts";
import * as promptLicences from "../../migrations/2026_12_02_prompt_licences.ts";
import * as spotChecks from "../../migrations/2026_11_29_spot_checks.ts";

/** Applied in the order of their names: a migration is added at the end and frozen once merged. */
export const migrations: Record<string, Migration> = {
  "2026_11_21_initial": initial,
  "2026_11_22_trained_digest": trainedDigest,
  "2026_11_22_waiting_job_priority": waitingJobPriority,
  "2026_11_24_probes": probes,
  "2026_11_24_secondary_figures": secondaryFigures,
  "2026_11_24_twins": twins,
  "2026_11_24_user_corpora": corpora,
  "2026_11_24_within_noise": withinNoise,
  "2026_11_27_accounts": accounts,
  "2026_11_27_entry_owner": entryOwner,
  "2026_11_27_moderation": moderation,
  "2026_11_27_signed_reports": signedReports,
  "2026_11_27_standings": standings,
  "2026_11_27_submitting": submitting,
  "2026_11_27_tickets": tickets,
  "2026_11_27_workers": workers,
  "2026_11_28_confirmations": confirmations,
  "2026_11_28_engines": engines,
  "2026_11_28_entry_tickets": entryTickets,
  "2026_11_28_lab": lab,
  "2026_11_28_replay_segments": replaySegments,
  "2026_11_29_spot_checks": spotChecks,
  "2026_12_01_lab_more": labMore,
  "2026_12_02_prompt_licences": promptLicences,
  "2026_12_02_segment_confirmations": segmentConfirmations,
  "2026_12_03_state_uploads": stateUploads,
  "2026_12_04_board_orders": boardOrders,
  "2026_12_04_hidden_prompts": hiddenPrompts,
};

/** Names of the migrations applied by this call. @throws the first failure; that one is undone. */
export async function migrate(db: Db): Promise<string[]> {
  const applied = await isLatest(db) ? [] : await migrateToLatest(db);
  await watchTables(db);
  return applied;
}

async function migrateToLatest(db: Db): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).map((result) => result.migrationName);
}

/** One query instead of the migrator's dozen: it runs at every start of the server. */
async function isLatest(db: Db): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`
      select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
    const applied = new Set(rows.map((row) => row.name));
    return Object.keys(migrations).every((name) => applied.has(name));
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return false;
    throw error;
  }
}

/** SQL state of a table that does not exist: nothing was ever migrated. */
const UNDEFINED_TABLE = "42P01";
