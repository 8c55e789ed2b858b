// A copy of the embedded database's directory, taken between two statements.

import type { PgliteClient } from "./pglite_client.ts";
import { sideBySide } from "./side_by_side.ts";

/** A thousand small files: most of the time is waited for the system. */
const AT_A_TIME = 8;

/**
 * Everything committed is in the copy, and nothing else: whoever opens it recovers as after a power
 * cut. Statements wait meanwhile.
 *
 * @param to a directory that does not exist yet.
 */
export async function copyBetweenStatements(
  client: PgliteClient,
  from: string,
  to: string,
): Promise<void> {
  const session = await client.acquire();
  try {
    await session.exec("checkpoint");
    await copyDirectory(from, to);
  } finally {
    session.release();
  }
}

/** Files and directories below `from`; readable by their owner alone. */
export async function copyDirectory(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o700 });
  const entries = await Array.fromAsync(Deno.readDir(from));
  await sideBySide(entries, AT_A_TIME, async ({ name, isDirectory }) => {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    await (isDirectory ? copyDirectory(source, target) : Deno.copyFile(source, target));
  });
}
