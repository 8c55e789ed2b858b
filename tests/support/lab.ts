// The published study for tests.

const DIRECTORY = new URL("../../data/lab/tinyscalelab/", import.meta.url);

/** Texts by name. */
export async function publishedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(DIRECTORY)) {
    files.set(name, await Deno.readTextFile(new URL(name, DIRECTORY)));
  }
  return files;
}
