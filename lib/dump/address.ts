// Addresses of the board: which of them a copy holds, and in what file. Knows nothing of answers.

import { sha256Now } from "../hash.ts";
import { toHex, utf8 } from "../bytes.ts";
import { OPERATIONS } from "../http/api_operations.ts";

/** What an answer is, by its media type. */
export type Kind = "page" | "json" | "csv" | "feed" | "script" | "file";

export interface Target {
  /** Path and query as the server knows them, parameters in alphabetical order. */
  address: string;
  /** "#scores", or empty. */
  hash: string;
}

/** Parameters that lead on through a series; every other one makes a view, of which there is no end. */
const SERIES = ["after", "before", "benchmark", "format", "page", "verdict", "version"];

/** `before` of the last page of a board, cut from its end. */
export const LAST_PAGE = "end";

/** Forms, and what follows from them. Pages that say "noindex" are left out as well. */
const NEEDS_SERVER = [
  /^\/(api\/v1\/)?account(\/|$)/,
  /^\/(submit|compare|corpora\/new|playground)$/,
  /^\/(api\/v1\/)?(submissions|compare|lab\/orders)(\/|$)/,
  // A copy takes no confirmations, and whole runs need no states.
  /^\/states\/|^\/api\/v1\/models\/[^/]+\/segments$/,
];
/** Models and corpora: as much as the operator wants to keep. */
const LARGE = /^\/(files\/|corpora\/[^/]+\/text$|data\/)/;

/** Added by the framework to the addresses of static files, for browsers to keep them. */
const BUILD_PARAM = "__frsh_c";

/** The paths of the API's GET operations that ask for nothing in a query. */
const API_PATHS = Object.entries(OPERATIONS).flatMap(([path, { get }]) =>
  get === undefined || asksInQuery(get) ? [] : [path]
);
const API_PATTERNS = API_PATHS.map((path) => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`));

function asksInQuery({ query }: { query?: { shape: object } }): boolean {
  const fields = Object.values(query?.shape ?? {}) as { safeParse(value: unknown): unknown }[];
  return fields.some((field) => !Object(field.safeParse(undefined)).success);
}

/** Where `link` in the answer of `from` leads; null when that is no place of the board. */
export function targetOf(link: string, from: string, origin: string): Target | null {
  const base = origin + from;
  if (!URL.canParse(link, base)) return null;
  const url = new URL(link, base);
  if (url.origin !== origin) return null;
  url.searchParams.delete(BUILD_PARAM);
  url.searchParams.sort();
  return { address: url.pathname + url.search, hash: url.hash };
}

/** Whether a copy holds `address`; with `files` also the models and the texts of corpora. */
export function belongsToCopy(address: string, { files }: { files: boolean }): boolean {
  const { pathname, searchParams } = new URL(address, "http://board");
  if (NEEDS_SERVER.some((pattern) => pattern.test(pathname))) return false;
  if (!files && LARGE.test(pathname)) return false;
  return searchParams.get("before") !== LAST_PAGE &&
    [...searchParams.keys()].every((name) => SERIES.includes(name));
}

/** Addresses that no page leads to. */
export function unlinkedAddresses(): string[] {
  return API_PATHS.filter((path) => !path.includes("{") && belongsToCopy(path, { files: false }));
}

/** What stands beside a page: the same as JSON, and the badge of a model. */
export function companions(address: string): string[] {
  const { pathname, search } = new URL(address, "http://board");
  const api = `/api/v1${pathname}`;
  // Series of the API have pages of their own length: each answer leads to the next.
  const begins = search === "" || /^\?version=\d+$/.test(search);
  const found = begins && API_PATTERNS.some((pattern) => pattern.test(api)) ? [api + search] : [];
  if (/^\/models\/[^/]+$/.test(pathname)) found.push(`${pathname}/badge.svg`);
  return found;
}

const EXTENSIONS: Record<Exclude<Kind, "page" | "file">, string> = {
  json: ".json",
  csv: ".csv",
  feed: ".xml",
  script: ".js",
};

/**
 * The file for an answer, relative to the copy: "models/x/index.html". Folders have no dot in their
 * names and almost all files have one, so that none stands in the way of another.
 */
export function fileOf(address: string, kind: Kind): string {
  const { pathname, searchParams } = new URL(address, "http://board");
  const parts = pathname.split("/").filter(Boolean).map(decoded);
  const last = parts.at(-1) ?? "";
  const dot = kind === "page" ? -1 : last.search(/\.[a-z0-9]{1,8}$/i);
  const own = dot > 0 ? last.slice(dot) : "";
  if (own !== "") parts[parts.length - 1] = last.slice(0, dot);
  if (kind === "csv") searchParams.delete("format");
  const query = [...searchParams].map(([name, value]) => `${name}=${value}`).join(",");
  const path = parts.map((part, i) =>
    safe(part, kind !== "page" && i === parts.length - 1 ? /^[\w.-]+$/ : /^[\w-]+$/)
  );
  if (query !== "") path.push(safe(query, /^[\w=.,-]+$/));
  if (kind === "page") return [...path, "index.html"].join("/");
  // Files that are no text keep the name they are asked for by: scripts know them by it.
  return path.join("/") + (kind === "file" ? own : EXTENSIONS[kind]);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A name that every file system takes and every address shows: what does not fit gets a hash. */
function safe(text: string, allowed: RegExp): string {
  if (text.length <= 80 && allowed.test(text) && !text.includes("..")) return text;
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
  return `${words || "name"}~${toHex(sha256Now(utf8(text))).slice(0, 12)}`;
}

/** How `to` is reached from `from`, both relative to the copy. */
export function relativePath(from: string, to: string): string {
  const start = from.split("/").slice(0, -1);
  const end = to.split("/");
  let same = 0;
  while (same < start.length && same < end.length - 1 && start[same] === end[same]) same++;
  const steps = [...start.slice(same).map(() => ".."), ...end.slice(same)];
  // Scripts need the dot; and names of files hold nothing that an address would have to escape.
  return steps[0] === ".." ? steps.join("/") : `./${steps.join("/")}`;
}
