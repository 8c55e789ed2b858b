// JavaScript engines of another family than ours on this machine, for a second look at a mismatch.

/** Bun runs JavaScriptCore, Firefox SpiderMonkey. */
export interface OtherEngine {
  kind: "bun" | "firefox";
  /** Of the program. */
  path: string;
}

const FIREFOX_PATHS = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/**
 * The one at `wanted`, which is a path; the first that is found for "auto"; none for "off". Bun
 * before Firefox: it is a process like a job's, and Firefox a whole browser.
 *
 * @param search folders for programs, as in PATH.
 */
export function findOtherEngine(wanted: string, search: string): OtherEngine | null {
  if (wanted === "off") return null;
  if (wanted !== "auto") {
    return { kind: /firefox[^/]*$/.test(wanted) ? "firefox" : "bun", path: wanted };
  }
  const bun = firstFile(search.split(":").filter(Boolean).map((folder) => `${folder}/bun`));
  if (bun !== null) return { kind: "bun", path: bun };
  const firefox = firstFile(FIREFOX_PATHS);
  return firefox === null ? null : { kind: "firefox", path: firefox };
}

function firstFile(paths: readonly string[]): string | null {
  for (const path of paths) {
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch {
      // Not there, or not for us.
    }
  }
  return null;
}
