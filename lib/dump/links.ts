// Mends the links of what was crawled, now that it is known what stands where.

import { fromUtf8, utf8 } from "../bytes.ts";
import { belongsToCopy, LAST_PAGE, relativePath, type Target, targetOf } from "./address.ts";
import { hashOf, nextOf, writeFile } from "./crawl.ts";
import { escapeHtml, type Link, type LinkEdit, type PageEdit, rewritePage } from "./html.ts";
import type { WorkList, Written } from "./work_list.ts";

export interface CopyFacts {
  list: WorkList;
  folder: string;
  /** How the pages call the board that was copied. */
  origin: string;
  /** Where the copy will be served, with a slash at the end; null when that is not known. */
  url: URL | null;
  madeAt: Date;
  /** Whether models and texts of corpora are in it. */
  files: boolean;
}

/** The page that tells what a copy is; links to what is not in it lead there. */
export const NOTE_ADDRESS = "/static-copy";
const NOTE_FILE = "static-copy/index.html";

/** Goes through every answer that was written and holds links. */
export async function mendLinks(
  facts: CopyFacts,
  signal?: AbortSignal,
  afterFile?: () => Promise<void> | void,
): Promise<void> {
  const { list, folder } = facts;
  for (const written of list.written()) {
    signal?.throwIfAborted();
    const mend = MENDERS[written.kind];
    if (mend === undefined) continue;
    const path = `${folder}/${written.file}`;
    const bytes = utf8(mend(fromUtf8(await Deno.readFile(path)), written, facts));
    await Deno.writeFile(path, bytes);
    list.hashed(written.file, hashOf(bytes), bytes.length);
    await afterFile?.();
  }
  for (const { address } of list.redirects()) await writeRedirect(address, facts);
}

type Mend = (text: string, written: Written, facts: CopyFacts) => string;

const MENDERS: Partial<Record<Written["kind"], Mend>> = {
  page: (text, written, facts) => rewritePage(text, pageEdit(written, facts)),
  json: mendJson,
  feed: mendFeed,
};

/** Where a link of a file leads in the copy; null when that is not in it. */
function placeOf(link: string, { address }: Pick<Written, "address">, facts: CopyFacts) {
  const target = targetOf(link, address, facts.origin);
  const found = target && facts.list.find(target.address);
  return { target, file: found?.file ?? null };
}

function pageEdit(written: Written, facts: CopyFacts): PageEdit {
  const root = relativePath(written.file, "index.html").replace(/index\.html$/, "");
  const note = relativePath(written.file, NOTE_FILE);
  const day = facts.madeAt.toISOString().slice(0, 10);
  return {
    link: (link) => linkEdit(link, written, facts),
    scriptAddress: (address) => {
      const { file } = placeOf(address, written, facts);
      // Pages are not asked for by scripts; a text that is an address stays what it is.
      return file === null || file.endsWith(".html") ? null : relativePath(written.file, file);
    },
    root: {
      "data-root": root,
      "data-copied": facts.madeAt.toISOString(),
      ...(facts.files ? {} : { "data-without-files": "" }),
    },
    banner: `<aside class="copy-note" aria-label="Static copy"><div class="page">` +
      `A static copy of ${day}. <a href="${note}">What it is</a></div></aside>`,
    form: `<p class="note">This is a static copy of ${day}: searching, filtering and sending ` +
      `<a href="${note}#live">need the live server</a>.</p>`,
    csp: written.csp,
  };
}

function linkEdit(link: Link, written: Written, facts: CopyFacts): LinkEdit {
  const { value, tag, told } = link;
  // A place in the same page.
  if (value.startsWith("#")) return { value };
  const { target, file: own } = placeOf(value, written, facts);
  if (target === null) return { value };
  const file = own ?? placeInSeries(link, target, written, facts);
  if (file !== null) {
    const path = relativePath(written.file, file) + target.hash;
    return { value: told && facts.url ? new URL(file, facts.url).href : path };
  }
  if (tag !== "a") return { value: null };
  const reason = whyNot(target, facts);
  return { value: `${relativePath(written.file, NOTE_FILE)}#${reason}`, needsServer: true };
}

/** Pages backwards and the last one: copied as those that were reached from the first one on. */
function placeInSeries(
  { rel }: Link,
  target: Target,
  { address }: Written,
  { list, origin }: CopyFacts,
): string | null {
  const isLast = new URL(target.address, origin).searchParams.get("before") === LAST_PAGE;
  const found = rel === "prev" ? list.pageBefore(address) : isLast ? list.lastPage(address) : null;
  return found?.file ?? null;
}

/** The part of the note that says why something is not in the copy. */
function whyNot({ address }: Target, { files }: CopyFacts): "live" | "files" {
  return !files && belongsToCopy(address, { files: true }) ? "files" : "live";
}

/** A list's way to its next part and back, relative like every link of a copy. */
function mendJson(text: string, written: Written, facts: CopyFacts): string {
  const next = nextOf(text);
  const after = next === null ? null : placeOf(next, written, facts).file;
  const before = facts.list.pageBefore(written.address)?.file ?? null;
  if (after === null && before === null) return text;
  const value = JSON.parse(text);
  const way = (file: string | null) => file && relativePath(written.file, file);
  value.next = way(after);
  if ("previous" in value) value.previous = way(before);
  return JSON.stringify(value, null, 2) + "\n";
}

/** Links lead into the copy; ids stay what they were, so that no reader sees an entry twice. */
function mendFeed(text: string, written: Written, facts: CopyFacts): string {
  return text.replace(/(<link\b[^>]*\bhref=")([^"]*)(")/g, (whole, before, href, after) => {
    const { file } = placeOf(href, written, facts);
    if (file === null) return whole;
    const link = facts.url ? new URL(file, facts.url).href : relativePath(written.file, file);
    return before + escapeHtml(link) + after;
  });
}

/** A page that leads on, for addresses that were known outside of the copy. */
async function writeRedirect(address: string, facts: CopyFacts): Promise<void> {
  const found = facts.list.find(address);
  if (found === null || !found.file.endsWith(".html")) return;
  const { pathname, search } = new URL(address, facts.origin);
  if (search !== "") return;
  const file = facts.list.claimFile(`${pathname.slice(1)}/index.html`, address);
  const path = escapeHtml(relativePath(file, found.file));
  const bytes = utf8(
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">` +
      `<meta http-equiv="refresh" content="0; url=${path}"><title>Tinyproof</title>` +
      `<meta name="robots" content="noindex"><link rel="icon" href="data:,"></head>` +
      `<body><p><a href="${path}">Go on</a></p></body></html>\n`,
  );
  await writeFile(`${facts.folder}/${file}`, bytes);
  facts.list.hashed(file, hashOf(bytes), bytes.length);
}
