// Where a worker of a tab finds a path below data/: texts of the visitor's in this browser, uploaded
// and registered corpora at their pages, everything else as it is served.

import { CORPORA, uploadFile } from "../lib/corpora/registry.ts";
import { NotFoundError } from "../lib/errors.ts";
import { ownText } from "../lib/playground/texts.ts";

const UPLOADED = new RegExp(`^${uploadFile("([0-9a-f]{64})").replace(".", "\\.")}$`);

/** @param siteUrl address of the site's root. */
export function siteData(siteUrl: string): (file: string) => Promise<Uint8Array> {
  return async (file) => {
    const own = UPLOADED.exec(file)?.[1];
    const kept = own ? await ownText(own) : null;
    if (kept) return new Uint8Array(await kept.arrayBuffer());
    const id = own ?? CORPORA.find((corpus) => corpus.file === file)?.id;
    return await fetched(new URL(id ? `corpora/${id}/text` : `data/${file}`, siteUrl).href);
  };
}

async function fetched(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new NotFoundError("Data of this run could not be fetched", {
    got: `${url} answered ${response.status}`,
    fix: response.status === 404
      ? "Add the text again: this browser no longer has it, and the board never had it."
      : "Try again in a moment.",
  });
}
