// What sessions are signed with: from the settings, or made once and kept in the data directory.
// Server only. It reaches no log and no error message.

import { toHex } from "../bytes.ts";
import { IntegrityError } from "../errors.ts";

const BYTES = 32;

/** @throws {IntegrityError} when the file in `dataDir` holds something else. */
export async function loadSecret(
  { secret, dataDir }: { secret?: string; dataDir: string },
): Promise<string> {
  if (secret !== undefined) return secret;
  await Deno.mkdir(dataDir, { recursive: true });
  const path = `${dataDir}/secret`;
  const made = toHex(crypto.getRandomValues(new Uint8Array(BYTES)));
  try {
    await Deno.writeTextFile(path, `${made}\n`, { createNew: true, mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const kept = (await Deno.readTextFile(path)).trim();
  if (kept.length === 2 * BYTES) return kept;
  throw new IntegrityError(`${path} does not hold the secret of this server`, {
    expected: `${2 * BYTES} hexadecimal digits`,
    got: `${kept.length} characters`,
    fix: "Restore the file. Without it, remove it and start again: everybody has to sign in anew.",
  });
}
