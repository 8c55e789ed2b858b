// Texts of the visitor's, kept in this browser under their SHA-256, as recipes name them.

import { fileIn, openFolder, writeIn } from "./folder.ts";

const FOLDER = "texts";

export async function keepText(sha256: string, text: Blob): Promise<void> {
  await writeIn(await openFolder(FOLDER), `${sha256}.txt`, text);
}

/** The text, or null when this browser has none of that SHA-256. */
export async function ownText(sha256: string): Promise<File | null> {
  return await fileIn(await openFolder(FOLDER), `${sha256}.txt`);
}

/** SHA-256 and length of every text that is kept. */
export async function ownTexts(): Promise<{ sha256: string; byteLength: number }[]> {
  const folder = await openFolder(FOLDER);
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  const files = await Promise.all(names.map((name) => fileIn(folder, name)));
  return files.flatMap((file) =>
    file ? [{ sha256: file.name.replace(/\.txt$/, ""), byteLength: file.size }] : []
  );
}
