// Looks a report up and refuses to go on without it.

import type { Kysely } from "kysely";
import { NotFoundError } from "../errors.ts";
import { isId } from "../storage/ids.ts";
import type { Database } from "../storage/schema.ts";
import { getReport, type ReportRow } from "./store.ts";

/** @throws {NotFoundError} when no report has this id. */
export async function requireReport(db: Kysely<Database>, id: string): Promise<ReportRow> {
  const report = isId(id) ? await getReport(db, id) : null;
  if (report) return report;
  throw new NotFoundError("There is no report with this id", {
    got: id.slice(0, 40),
    fix: "Check the address, or find the report in the audit.",
  });
}
