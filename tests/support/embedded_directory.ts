// Directories of the embedded database, made once and copied: initdb and the migrations take seconds
// of processor time in WebAssembly.

import { utf8 } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import { migrate, migrations } from "../../lib/storage/migrate.ts";

const ROOT = new URL("../../", import.meta.url);

/** A directory to be copied: without tables, or with those of the migrations and no rows. */
export async function embeddedDirectory({ migrated }: { migrated: boolean }): Promise<string> {
  const made = await Deno.makeTempDir({ prefix: "tinyproof-made-" });
  const temporary = made.slice(0, made.lastIndexOf("/"));
  const kept = `${temporary}/tinyproof-test-pglite-${await nameOf(migrated)}`;
  try {
    await Deno.stat(kept);
  } catch {
    const opened = await openDatabase({ dataDir: made });
    if (migrated) await migrate(opened.db);
    await opened.close();
    // Whoever renames first wins; the directory is the same either way.
    await Deno.rename(`${made}/pglite`, kept).catch(() => {});
  }
  await Deno.remove(made, { recursive: true });
  return kept;
}

/** Of what makes the directory what it is: PGlite's version and the text of the migrations. */
async function nameOf(migrated: boolean): Promise<string> {
  const manifest = new URL(import.meta.resolve("@electric-sql/pglite"));
  const version = manifest.pathname.match(/pglite@([\d.]+)/)?.[1] ?? "unversioned";
  if (!migrated) return version;
  // Those that this process has, in its order.
  const names = Object.keys(migrations);
  const files = [...names.map((name) => `migrations/${name}.ts`), "lib/storage/changes.ts"];
  const texts = await Promise.all(files.map((file) => Deno.readFile(new URL(file, ROOT))));
  return `${version}-${(await sha256Hex(utf8(names.join()), ...texts)).slice(0, 16)}`;
}
