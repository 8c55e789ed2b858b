// A copy of the embedded database's directory, taken between two statements.

import type { PgliteClient } from "./pglite_client.ts";

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
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    await (isDirectory ? copyDirectory(source, target) : Deno.copyFile(source, target));
  }
}
