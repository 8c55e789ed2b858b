// Writes what scans of corpora found, and brings the reports that come with this tree.

import type { Transaction } from "kysely";
import type { Services } from "../services.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import { canonicalDigest } from "../verification/canonical.ts";
import { type ScanReport, scanReportSchema } from "./contamination/report.ts";
import { CORPORA } from "./registry.ts";
import { getScan, putScan, reviveEntries, scansOf } from "./store.ts";

/**
 * The report of an uploaded corpus, ranks that follow from it and the ledger's "scan" event. The
 * same report again, as of another server that scanned at the same time, changes nothing.
 * @returns entries that may be replayed now that the corpus is at hand.
 */
export async function applyScan(
  trx: Transaction<Database>,
  report: ScanReport,
  at: Date,
): Promise<string[]> {
  // One writer at a time: the second has to see what the first wrote.
  await trx.selectFrom("corpus").select("sha256").where("sha256", "=", report.corpus).forUpdate()
    .execute();
  const digest = await canonicalDigest(report);
  const known = await getScan(trx, report.corpus);
  if (known !== null && await canonicalDigest(known) === digest) return [];
  await putScan(trx, report);
  const contaminated = report.parts.flatMap(({ part, targets }) =>
    targets.filter((target) => target.contaminated)
      .map(({ benchmark, version }) => ({ part, benchmark, version }))
  );
  await appendEvent(trx, "scan", { corpus: report.corpus, report: digest, contaminated }, at);
  return await reviveEntries(trx, report.corpus);
}

/**
 * Stores the reports kept beside the registered corpora where there is none yet.
 *
 * @param dataRoot the repository's data/.
 */
export async function loadKeptScans(
  { db }: Pick<Services, "db">,
  dataRoot: string,
): Promise<void> {
  const known = await scansOf(db, CORPORA.map(({ sha256 }) => sha256));
  for (const { id, sha256 } of CORPORA) {
    if (known.has(sha256)) continue;
    const text = await Deno.readTextFile(`${dataRoot}/${keptScanFile(id)}`).catch(orNull);
    if (text === null) continue;
    const report = scanReportSchema.parse(JSON.parse(text));
    if (report.corpus !== sha256) continue;
    await db.transaction().execute((trx) => putScan(trx, report));
  }
}

/** Path below data/ of the report of a registered corpus. */
export function keptScanFile(id: string): string {
  return `corpora/${id}.scan.json`;
}

function orNull(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
