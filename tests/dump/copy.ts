// A copy as a reader finds it: its files, and where every link of them leads.

import { Parser } from "htmlparser2";
import { sha256Hex } from "../../lib/hash.ts";

export interface Manifest {
  madeAt: string;
  engine: string | null;
  ledger: { begun: { seq: number; hash: string }; ended: { seq: number; hash: string } };
  pages: number;
  missing: { address: string; status: number }[];
  files: { file: string; address: string | null; sha256: string; bytes: number }[];
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
}

/** Paths of all files below `folder`, sorted. */
export async function filesBelow(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${below}${name}/`));
    else found.push(below + name);
  }
  return found.sort();
}

/** Files whose bytes are not what the manifest says, or of which it does not know. */
export async function wrongHashes(folder: string): Promise<string[]> {
  const { files } = await readManifest(folder);
  const told = new Map(files.map(({ file, sha256, bytes }) => [file, `${sha256} ${bytes}`]));
  const wrong: string[] = [];
  for (const file of await filesBelow(folder)) {
    const bytes = await Deno.readFile(`${folder}/${file}`);
    const found = `${await sha256Hex(bytes)} ${bytes.length}`;
    if (file !== "manifest.json" && told.get(file) !== found) wrong.push(file);
    told.delete(file);
  }
  return [...wrong, ...told.keys()];
}

interface Page {
  ids: Set<string>;
  /** By attribute: where the page leads, and what it loads. */
  links: { tag: string; value: string }[];
}

const ATTRIBUTES = ["href", "src", "action", "formaction", "poster"];

function readPage(html: string): Page {
  const page: Page = { ids: new Set(), links: [] };
  new Parser({
    onopentag(tag, attributes) {
      if (attributes.id !== undefined) page.ids.add(attributes.id);
      for (const name of ATTRIBUTES) {
        if (name in attributes) page.links.push({ tag, value: attributes[name] });
      }
    },
  }).end(html);
  return page;
}

/** Links of the pages that lead to no file, to no place in one, or back to the board. */
export async function brokenLinks(folder: string): Promise<string[]> {
  const files = await filesBelow(folder);
  const pages = new Map<string, Page>();
  for (const file of files.filter((file) => /\.html$/.test(file) && file !== "404.html")) {
    pages.set(file, readPage(await Deno.readTextFile(`${folder}/${file}`)));
  }
  const all = new Set(files);
  const broken: string[] = [];
  for (const [file, { links }] of pages) {
    for (const { tag, value } of links) {
      if (value.startsWith("data:")) continue;
      const url = new URL(value, `http://copy.test/below/here/${file}`);
      // Documents cite papers and libraries.
      if (tag === "a" && url.protocol === "https:") continue;
      const path = url.pathname.replace("/below/here/", "");
      const id = decodeURIComponent(url.hash.slice(1));
      const there = url.host === "copy.test" && all.has(path);
      const placed = id === "" || pages.get(path)?.ids.has(id);
      if (!there || !placed || value.startsWith("/")) broken.push(`${file}: ${tag} ${value}`);
    }
  }
  return broken;
}
