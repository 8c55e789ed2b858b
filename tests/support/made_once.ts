// Directories that cost seconds to make: made by the first test that needs one, for all processes.

import { utf8 } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** After this long nobody uses what was made of sources that have changed since. */
const OLD_MS = 24 * 3_600_000;

/**
 * `make`s a directory that all processes share by its name, unless it is there.
 * @param kind what it is; of each kind, what is older than a day is removed.
 * @returns its path.
 */
export async function madeOnce(
  kind: string,
  name: string,
  make: (temporary: string) => Promise<string>,
): Promise<string> {
  const made = await Deno.makeTempDir({ prefix: "tinyproof-made-" });
  const place = made.slice(0, made.lastIndexOf("/"));
  const kept = `${place}/tinyproof-test-${kind}-${name}`;
  try {
    await Deno.stat(kept);
  } catch {
    // Whoever renames first wins; the directory is the same either way.
    await Deno.rename(await make(made), kept).catch(() => {});
    await removeOld(place, `tinyproof-test-${kind}-`);
  }
  await Deno.remove(made, { recursive: true });
  return kept;
}

async function removeOld(place: string, prefix: string): Promise<void> {
  for await (const { name } of Deno.readDir(place)) {
    if (!name.startsWith(prefix)) continue;
    const { mtime } = await Deno.stat(`${place}/${name}`).catch(() => ({ mtime: null }));
    if (mtime === null || Date.now() - mtime.getTime() < OLD_MS) continue;
    // Another process may be at it.
    await Deno.remove(`${place}/${name}`, { recursive: true }).catch(() => {});
  }
}

/** Another name whenever a file at or below these paths of the repository has changed. */
export async function sourcesName(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(paths.map((path) => stampsOf(`${ROOT}${path}`)));
  return (await sha256Hex(utf8(stamps.flat().sort().join()))).slice(0, 16);
}

async function stampsOf(path: string): Promise<string[]> {
  const { isDirectory, mtime, size } = await Deno.stat(path);
  if (!isDirectory) return [`${path} ${size} ${mtime?.getTime()}`];
  const entries = (await Array.fromAsync(Deno.readDir(path)))
    .filter(({ name }) => name !== "node_modules");
  return (await Promise.all(entries.map(({ name }) => stampsOf(`${path}/${name}`)))).flat();
}

/** Of a package. */
export function versionOf(name: string): string {
  return import.meta.resolve(name).match(/@(\d[\d.]*)\//)?.[1] ?? "unversioned";
}
