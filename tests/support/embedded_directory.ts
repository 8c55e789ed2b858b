// Directories of the embedded database, made once and copied: initdb takes seconds in WebAssembly.

import { openDatabase } from "../../lib/storage/database.ts";
import { madeOnce, versionOf } from "./made_once.ts";
import { makeTables, tablesName } from "./prepared_tables.ts";

/** A directory to be copied: without tables, or with all that a server has made, and no rows. */
export async function embeddedDirectory({ migrated }: { migrated: boolean }): Promise<string> {
  const version = versionOf("@electric-sql/pglite");
  const name = migrated ? `${version}-${await tablesName()}` : version;
  return madeOnce("pglite", name, async (temporary) => {
    const opened = await openDatabase({ dataDir: temporary });
    if (migrated) await makeTables(opened);
    await opened.close();
    return `${temporary}/pglite`;
  });
}
