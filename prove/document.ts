// What the proofs write into docs/exactness.md, and where they keep their own files.

const ROOT = new URL("../", import.meta.url);
export const DOCUMENT = new URL("docs/exactness.md", ROOT);
/** Progress and downloads; nothing in it is needed to repeat a proof. */
export const VAR = new URL("data/var/prove/", ROOT);

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** "e02143cf…35f0" */
export function shortDigest(digest: string): string {
  return `${digest.slice(0, 8)}…${digest.slice(-4)}`;
}

/** Text between the comments that open and close block `name`. @throws {Error} without them. */
export function blockOf(text: string, name: string): string {
  const [start, end] = bounds(text, name);
  return text.slice(start, end).trim();
}

/** Puts `content` between the comments of block `name` in a file. */
export async function replaceBlock(file: URL, name: string, content: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const [start, end] = bounds(text, name);
  await Deno.writeTextFile(file, `${text.slice(0, start)}\n${content}\n${text.slice(end)}`);
}

function bounds(text: string, name: string): [start: number, end: number] {
  const opening = `<!-- ${name} -->`, closing = `<!-- end of ${name} -->`;
  const start = text.indexOf(opening), end = text.indexOf(closing);
  if (start < 0 || end < start) throw new Error(`Expected ${opening} … ${closing} in the document`);
  return [start + opening.length, end];
}
