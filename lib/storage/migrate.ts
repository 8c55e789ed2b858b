// Brings the database to the latest schema. Forward only; the list is static so that it bundles.

import { type Migration, Migrator } from "kysely/migration";
import type { Db } from "./database.ts";
import * as initial from "../../migrations/2026_11_21_initial.ts";

/** Applied in the order of their names: a migration is added at the end and frozen once merged. */
export const migrations: Record<string, Migration> = {
  "2026_11_21_initial": initial,
};

/** Names of the migrations applied by this call. @throws the first failure; that one is undone. */
export async function migrate(db: Db): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).map((result) => result.migrationName);
}
