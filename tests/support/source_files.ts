// The repository's own TypeScript files and what each imports: for the rules of the architecture.

const ROOT = new URL("../../", import.meta.url);
const SKIPPED = new Set(["node_modules", "_fresh", ".git", "data", "static"]);

/** Paths below the root, with forward slashes, sorted. */
export function sourceFiles(under = ""): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(new URL(under, ROOT))) {
    if (SKIPPED.has(entry.name)) continue;
    const path = under + entry.name;
    if (entry.isDirectory) found.push(...sourceFiles(`${path}/`));
    else if (/\.tsx?$/.test(entry.name)) found.push(path);
  }
  return found.sort();
}

export interface Import {
  /** As written: "zod", "./a.ts". */
  specifier: string;
  /** Path below the root, for a relative import. */
  path: string | null;
  /** Erased at run time. */
  typeOnly: boolean;
}

export async function importsOf(file: string): Promise<Import[]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  const statements = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']/gm,
  );
  return [...statements].map(([, type, named, dynamic]) => {
    const specifier = named ?? dynamic;
    const path = specifier.startsWith(".")
      ? new URL(specifier, new URL(file, "file:///")).pathname.slice(1)
      : null;
    return { specifier, path, typeOnly: type !== undefined };
  });
}

/** Parts of lib that need a server. */
const SERVER_PARTS = ["config", "dump", "http", "jobs", "operating", "queue", "storage"];
/** Files of that name in any part of lib: they write to the database or read from it. */
const SERVER_FILES = [
  "account_form",
  "admin_claim",
  "analysis_page",
  "api_keys",
  "apply",
  "apply_part",
  "ask_replay",
  "ask_states",
  "auth",
  "auth_options",
  "authors",
  "bans",
  "compare_page",
  "confirm",
  "corpus_page",
  "decide",
  "decide_lab",
  "deliver_state",
  "family",
  "findings",
  "flag",
  "gallery",
  "import_study",
  "intake",
  "lineage_store",
  "model_page",
  "order_replay",
  "overdue_checks",
  "pictures",
  "queue_page",
  "quota_store",
  "rank_store",
  "registration",
  "review_page",
  "require",
  "same_training",
  "secret",
  "senders",
  "set_page",
  "sheets",
  "signer",
  "standing_store",
  "state_digests",
  "state_uploads",
  "store",
  "sweep",
  "ticket_store",
  "tie_store",
  "top_up",
  "totals",
  "uploads",
  "versions",
  "view_store",
  "withdraw",
  "would_rank",
];

/** Files of lib that need a server: storage, queue, HTTP, and what writes to the database. */
export function isServerOnly(path: string): boolean {
  const [root, part, file] = path.split("/");
  if (root !== "lib") return false;
  if (file === undefined) return part === "services.ts" || part === "config.ts";
  return SERVER_PARTS.includes(part) || file.endsWith("_store.ts") ||
    SERVER_FILES.includes(file.replace(/\.ts$/, ""));
}
