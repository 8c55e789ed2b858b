// Writes files that servers may be reading, and other builds writing, at the same time.

import { basename, dirname } from "node:path";

/** Whoever reads `path` meanwhile sees the whole file or the old one; its folder is made. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  // With a dot in front: `listFiles` leaves it out.
  const partial = `${dirname(path)}/.${basename(path)}.${crypto.randomUUID()}`;
  await Deno.writeFile(
    partial,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  await Deno.rename(partial, path);
}
