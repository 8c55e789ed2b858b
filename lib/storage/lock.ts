// Keeps two servers off one data directory. The lock is the operating system's, held by an open
// file: it goes with the process, so a killed server leaves nothing to clean up.

import { IntegrityError } from "../errors.ts";

const SERVER = {
  by: "server",
  fix: "Stop the other server, or set TINYPROOF_DATA to another directory.",
};

export interface DirectoryLock {
  release(): void;
}

/**
 * @param user what holds such a directory, and how to mend it when two want the same.
 * @throws {IntegrityError} when another process holds `<directory>/lock`.
 */
export async function lockDirectory(
  directory: string,
  { by, fix }: { by: string; fix: string } = SERVER,
): Promise<DirectoryLock> {
  await Deno.mkdir(directory, { recursive: true });
  const path = `${directory}/lock`;
  const file = await Deno.open(path, { create: true, read: true, write: true });
  if (!await file.tryLock(true)) {
    const holder = (await Deno.readTextFile(path)).trim();
    file.close();
    throw new IntegrityError(`The data directory ${directory} is in use by another ${by}`, {
      expected: "a data directory nobody uses",
      got: holder === "" ? "a lock" : `a lock held by process ${holder}`,
      fix,
    });
  }
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { release: () => file.close() };
}
