// Reads the scores out of what a judge wrote. Knows no endpoint and no database.

export interface Verdict {
  label: string;
  score: number;
  explanation: string;
}

export type Reading = { verdicts: Verdict[] } | {
  /** Why the answer cannot be used, in words. */
  unreadable: string;
};

const MOST_EXPLANATION = 4000;
const SHOWN = 60;

/**
 * Answers as the published template asks for them (`<criterion-A-score>`), or a JSON object by
 * label, fenced or not. Every criterion needs a score that the rubric has: half an answer is none.
 *
 * @param levels of the rubric, for example 0, 0.5 and 1.
 */
export function readVerdicts(
  text: string,
  labels: readonly string[],
  levels: readonly number[],
): Reading {
  const said = taggedScores(text) ?? jsonScores(text);
  if (said === null) return { unreadable: `no scores in: ${shown(text)}` };
  const verdicts: Verdict[] = [];
  for (const label of labels) {
    const found = said.get(label);
    if (found === undefined) return { unreadable: `criterion ${label} has no score` };
    const score = numberOf(found.score);
    if (score === null || !levels.includes(score)) {
      return {
        unreadable: `criterion ${label} has the score ${shown(found.score)}, ` +
          `which is none of ${levels.join(", ")}`,
      };
    }
    verdicts.push({ label, score, explanation: found.explanation.slice(0, MOST_EXPLANATION) });
  }
  return { verdicts };
}

type Said = Map<string, { score: string; explanation: string }>;

/** What an answer says of a criterion last is what holds: some judges begin again. */
function taggedScores(text: string): Said | null {
  const said: Said = new Map();
  const tag = /<criterion-([A-Z])-(score|explanation)>([\s\S]*?)<\/criterion-\1-\2>/gi;
  for (const [, letter, kind, value] of text.matchAll(tag)) {
    const label = letter.toUpperCase();
    const before = said.get(label) ?? { score: "", explanation: "" };
    said.set(label, { ...before, [kind.toLowerCase()]: value.trim() });
  }
  return said.size === 0 ? null : said;
}

/** `{"A": {"score": 0.5, "explanation": "…"}}` or `{"A": 0.5}`, anywhere in the text. */
function jsonScores(text: string): Said | null {
  const from = text.indexOf("{"), to = text.lastIndexOf("}");
  if (from < 0 || to < from) return null;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, to + 1));
  } catch {
    return null;
  }
  const said: Said = new Map();
  for (const [label, held] of Object.entries(Object(value))) {
    const { score = held, explanation = "" } = Object(held) as Record<string, unknown>;
    said.set(label, { score: String(score), explanation: String(explanation) });
  }
  return said.size === 0 ? null : said;
}

/** "0.5", "[0.5]", "0.5/1", "½"; null for anything else. */
function numberOf(text: string): number | null {
  const half = text.replace("½", "0.5").replace(/^\[|\]$/g, "").trim();
  const [, number] = /^(\d+(?:\.\d+)?)(?:\s*\/\s*1(?:\.0)?)?$/.exec(half) ?? [];
  return number === undefined ? null : Number(number);
}

function shown(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" ? "nothing" : JSON.stringify(line.slice(0, SHOWN));
}
