// The playground's part of the browser's private file system (OPFS). Knows no run and no text.

import { TinyproofError } from "../errors.ts";

const ROOT = "playground";

/**
 * A folder of the playground, made where there is none.
 *
 * @throws {TinyproofError} when this browser keeps no files for pages.
 */
export async function openFolder(name: string): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, {
      create: true,
    });
    return await root.getDirectoryHandle(name, { create: true });
  } catch (cause) {
    throw new TinyproofError("This browser keeps no files for this page", {
      got: cause instanceof Error ? cause.message : String(cause),
      fix: "Leave private browsing, allow the site to store data, or use another browser.",
    });
  }
}

/** The file of this name, or null. */
export async function fileIn(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<File | null> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Replaces a file as a whole: whoever reads, or a crash, finds the old bytes or the new ones. */
export async function writeIn(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: BlobPart,
): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  try {
    await writable.write(content as FileSystemWriteChunkType);
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => {});
    if ((error as Error).name !== "QuotaExceededError") throw error;
    throw new TinyproofError("This browser has no more room for this site", {
      fix: "Remove runs you no longer need, then continue this one from its last checkpoint.",
    });
  }
}

/** Removes a file or a whole folder; nothing happens when it is not there. */
export async function removeIn(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await folder.removeEntry(name, { recursive: true }).catch((error) => {
    if (!isNotFound(error)) throw error;
  });
}

export function isNotFound(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}
