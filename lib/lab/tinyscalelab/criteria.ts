// Finds the rubrics that files were scored by, and which of their criteria ask the same.

import type { Criterion } from "../types.ts";
import type { Repairs } from "./csv.ts";

/** A criterion as a file names it. */
export interface NamedCriterion {
  category: string;
  code: string;
  text: string;
}

/** "Creativity_A_score" → Creativity, A; null for other columns. */
export function scoreColumn(name: string): { category: string; code: string } | null {
  const found = name.match(/^(.+)_([A-Za-z0-9]{1,4})_score$/);
  return found && { category: found[1], code: found[2] };
}

export function columnOf({ category, code }: Pick<Criterion, "category" | "code">): string {
  return `${category}_${code}_score`;
}

export function criterionKey({ category, code }: Pick<NamedCriterion, "category" | "code">) {
  return `${category}_${code}`;
}

/** Those whose words carry nothing of what is asked. */
const SMALL_WORDS = new Set(
  "a an and are as does do doesn in is it its no not of on or rather than that the there to too with"
    .split(" "),
);

function stems(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}]+/gu) ?? [];
  return new Set(
    words.filter((word) => !SMALL_WORDS.has(word)).map((word) => word.replace(/e?s?$/, "")),
  );
}

/** Share of the words of both that both have (Jaccard), 0..1. */
function likeness(a: string, b: string): number {
  const one = stems(a), other = stems(b);
  const shared = [...one].filter((word) => other.has(word)).length;
  return shared / (one.size + other.size - shared || 1);
}

/** Less alike than this, two wordings ask two things. */
const ALIKE = 0.4;

/**
 * Gives `found` the ids of the criteria of `base` that ask the same within the category, in other
 * words perhaps and under another letter; the most alike first, each once. Others get a new id.
 */
export function withIdsOf(
  base: readonly Criterion[],
  found: readonly NamedCriterion[],
  { file, repairs }: { file: string; repairs: Repairs },
): Criterion[] {
  const pairs = found.flatMap((one, at) =>
    base.filter(({ category }) => category === one.category)
      .map((other) => ({ at, other, alike: likeness(one.text, other.text) }))
  ).filter(({ alike }) => alike >= ALIKE).sort((a, b) => b.alike - a.alike);
  const idAt = new Map<number, string>();
  const taken = new Set<string>();
  for (const { at, other } of pairs) {
    if (idAt.has(at) || taken.has(other.id)) continue;
    idAt.set(at, other.id);
    taken.add(other.id);
    const { code, text } = found[at];
    if (code !== other.code) {
      const example = `${other.category} ${code} is ${other.code}`;
      repairs.count("criteria under another letter: joined by what they ask", file, 1, example);
    }
    if (text !== other.text) {
      const example = `“${text}”`;
      repairs.count("criteria in other words: joined by what they ask", file, 1, example);
    }
  }
  const ids = new Set(base.map(({ id }) => id));
  return found.map((one, at) => {
    const id = idAt.get(at) ?? freshId(criterionKey(one), ids);
    ids.add(id);
    return { id, ...one };
  });
}

function freshId(wanted: string, taken: ReadonlySet<string>): string {
  for (let n = 1;; n++) {
    const id = n === 1 ? wanted : `${wanted}_${n}`;
    if (!taken.has(id)) return id;
  }
}

/** "## Grammar" over "- Sentence structure": letters follow the order. */
export function criteriaOfMarkdown(text: string): NamedCriterion[] {
  const criteria: NamedCriterion[] = [];
  let category = "", count = 0;
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim();
    const heading = words.match(/^#+\s(.+)$/);
    const point = words.match(/^[-*]\s(.+)$/);
    if (heading) [category, count] = [heading[1].trim(), 0];
    else if (point && category !== "" && count < 26) {
      criteria.push({ category, code: String.fromCharCode(65 + count++), text: point[1].trim() });
    }
  }
  return criteria;
}

/** Distinct ones, in the order in which they come. */
export function distinctCriteria(list: readonly NamedCriterion[]): NamedCriterion[] {
  return [...new Map(list.map((one) => [criterionKey(one), one])).values()];
}
