// What a copy has beside the answers of the board: 404.html, sitemap, robots.txt and manifest.

import { createHash } from "node:crypto";
import { utf8 } from "../bytes.ts";
import { relativePath, targetOf } from "./address.ts";
import { hashOf, writeFile } from "./crawl.ts";
import { escapeHtml, rewritePage } from "./html.ts";
import { type CopyFacts, NOTE_ADDRESS } from "./links.ts";
import type { Source } from "./source.ts";

/** What sitemaps.org allows in one file. */
const SITEMAP_PAGES = 50_000;

async function add(file: string, text: string, { list, folder }: CopyFacts): Promise<void> {
  const bytes = utf8(text);
  list.claimFile(file, null);
  await writeFile(`${folder}/${file}`, bytes);
  list.hashed(file, hashOf(bytes), bytes.length);
}

/**
 * The board's own page for addresses it does not have. A host shows it at any depth, so its links
 * begin at the root: of `url`, or of the host.
 */
export async function addNotFoundPage(source: Source, facts: CopyFacts): Promise<void> {
  const address = "/no-such-page";
  const response = await source.get(address);
  const html = await response.text();
  const base = facts.url?.pathname ?? "/";
  const place = (link: string) => {
    const target = targetOf(link, address, facts.origin);
    const found = facts.list.find(target?.address ?? "") ?? facts.list.find(NOTE_ADDRESS);
    return found && base + found.file;
  };
  const page = rewritePage(html, {
    link: ({ value, tag }) => ({
      value: value.startsWith("#") ? value : place(value) ?? (tag === "a" ? base : null),
    }),
    scriptAddress: (known) => place(known),
    root: { "data-root": base, "data-copied": facts.madeAt.toISOString() },
    banner: "",
    form: "",
    csp: response.headers.get("content-security-policy"),
  });
  await add("404.html", page, facts);
}

/** Every page once; several files and a list of them where one may not hold all. */
export async function addSitemap(facts: CopyFacts): Promise<void> {
  const { url, madeAt, list } = facts;
  // Search engines want whole addresses: without knowing them, relative ones are all there is.
  const place = (file: string, from: string) =>
    escapeHtml(url ? new URL(file, url).href : relativePath(from, file));
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n`;
  const space = `xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"`;
  const date = madeAt.toISOString().slice(0, 10);
  const parts: string[] = [];
  let lines: string[] = [];
  const flush = async () => {
    const file = `sitemap-${parts.length + 1}.xml`;
    await add(file, `${head}<urlset ${space}>\n${lines.join("")}</urlset>\n`, facts);
    parts.push(file);
    lines = [];
  };
  for (const { kind, file } of list.written()) {
    if (kind !== "page") continue;
    lines.push(`<url><loc>${place(file, "sitemap.xml")}</loc><lastmod>${date}</lastmod></url>\n`);
    if (lines.length === SITEMAP_PAGES) await flush();
  }
  if (lines.length > 0) await flush();
  const entries = parts.map((file) =>
    `<sitemap><loc>${place(file, "sitemap.xml")}</loc><lastmod>${date}</lastmod></sitemap>\n`
  );
  const index = `${head}<sitemapindex ${space}>\n${entries.join("")}</sitemapindex>\n`;
  await add("sitemap.xml", index, facts);
  const robots = url ? `\nSitemap: ${new URL("sitemap.xml", url).href}` : "";
  await add("robots.txt", `User-agent: *\nAllow: /${robots}\n`, facts);
}

export interface ManifestHead {
  format: "tinyproof-static-copy/1";
  madeAt: string;
  endedAt: string;
  /** Where the copy came from, and where it shall stand. */
  origin: string;
  url: string | null;
  /** SHA-256 of static/engine.wasm as it was served. */
  engine: string | null;
  /** The end of the ledger when the copy was begun and when it was finished: equal for a copy of one state. */
  ledger: { begun: LedgerEnd | null; ended: LedgerEnd | null };
  withFiles: boolean;
  pages: number;
  /** Addresses that are linked and were not answered. */
  missing: { address: string; status: number }[];
}

export interface LedgerEnd {
  seq: number;
  hash: string;
}

/** The end of the ledger: it goes on with everything that happens on the board. */
export async function ledgerEnd({ get }: Source): Promise<LedgerEnd | null> {
  const response = await get("/api/v1/ledger");
  if (response.status !== 200) return null;
  const last = (await response.json()).events?.[0];
  return last ? { seq: last.seq, hash: last.hash } : null;
}

/**
 * Writes manifest.json line by line: `head`, then every file with its SHA-256.
 * @returns the SHA-256 of the manifest itself, by which the whole copy is known.
 */
export async function addManifest(
  head: ManifestHead,
  { list, folder }: CopyFacts,
): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(`${folder}/manifest.json`, { write: true, createNew: true });
  const writer = file.writable.getWriter();
  const write = (text: string) => {
    hash.update(text);
    return writer.write(utf8(text));
  };
  await write(JSON.stringify(head, null, 1).replace(/\n\}$/, `,\n "files": [\n`));
  let separator = "";
  for (const { file, address, sha256, bytes } of list.files()) {
    await write(separator + JSON.stringify({ file, address, sha256, bytes }));
    separator = ",\n";
  }
  await write("\n ]\n}\n");
  await writer.close();
  return hash.digest("hex");
}
