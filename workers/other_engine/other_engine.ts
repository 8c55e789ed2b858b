// JavaScript engines of another family than ours on this machine, for a second look at a mismatch.

/** Bun runs JavaScriptCore, Firefox SpiderMonkey. */
export interface OtherEngine {
  kind: "bun" | "firefox";
  /** Of the program. */
  path: string;
}

/** Where they are installed for everybody; the first that is there is taken. */
const PLACES: readonly OtherEngine[] = [
  { kind: "bun", path: "/usr/local/bin/bun" },
  { kind: "bun", path: "/usr/bin/bun" },
  { kind: "firefox", path: "/usr/bin/firefox-esr" },
  { kind: "firefox", path: "/usr/bin/firefox" },
];

/**
 * The one at `wanted`, which is a path; the first of `places` that is there for "auto"; none for
 * "off". Bun before Firefox: it is a process like a job's, and Firefox a whole browser.
 */
export function findOtherEngine(
  wanted: string,
  places: readonly OtherEngine[] = PLACES,
): OtherEngine | null {
  if (wanted === "off") return null;
  if (wanted !== "auto") {
    return { kind: /firefox[^/]*$/.test(wanted) ? "firefox" : "bun", path: wanted };
  }
  return places.find(({ path }) => isFile(path)) ?? null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    // Not there, or not for us.
    return false;
  }
}
