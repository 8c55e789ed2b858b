// Whether the server can do its work now. Knows the parts by name only.

/** How long an answer stands: whoever asks more often learns nothing, and costs nothing. */
const KEPT_MS = 2000;
/** A part that takes longer is not ready. */
const PATIENCE_MS = 2000;

export interface Readiness {
  ready: boolean;
  /** "ok", or in words what is wrong. */
  parts: Record<string, string>;
}

/** Resolves when the part works. @throws what is wrong. */
export type Check = () => Promise<unknown>;

export interface ReadinessOptions {
  keptMs?: number;
  patienceMs?: number;
}

/** Asks all parts at once; callers in the meantime share the answer. */
export function readiness(
  checks: Record<string, Check>,
  { keptMs = KEPT_MS, patienceMs = PATIENCE_MS }: ReadinessOptions = {},
): () => Promise<Readiness> {
  let kept: { answer: Promise<Readiness>; untilMs: number } | null = null;

  async function look(): Promise<Readiness> {
    const names = Object.keys(checks);
    const words = await Promise.all(names.map((name) => stateOf(checks[name], patienceMs)));
    const parts = Object.fromEntries(names.map((name, i) => [name, words[i]]));
    return { ready: words.every((word) => word === "ok"), parts };
  }

  return () => {
    if (kept === null || kept.untilMs < performance.now()) {
      kept = { answer: look(), untilMs: performance.now() + keptMs };
    }
    return kept.answer;
  };
}

/** The cause of a failure is for the log: it may name hosts and paths. */
async function stateOf(check: Check, patienceMs: number): Promise<string> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve("no answer"), patienceMs);
  try {
    return await Promise.race([check().then(() => "ok", () => "failed"), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
