// What a scan's counts mean, and the report of it (docs/contamination.md). Knows no benchmark but by
// name, and no place where reports are kept.

import * as z from "zod";
import type { EvaluationText } from "./evaluation_text.ts";
import { NOT_MET } from "./gram_index.ts";
import { RUN_LENGTH, type ScanFindings, Scanner } from "./scanner.ts";

/** Goes up whenever the same corpus and texts could be judged otherwise. */
export const POLICY_VERSION = 1;
/** Goes up whenever the same corpus and texts could be counted otherwise. */
export const SCANNER_VERSION = 1;
/** Share of a text's n-grams of 8 words from which on it counts as known (PaLM, section 8). */
export const KNOWN_SHARE = 0.7;
/** Most findings written down for one benchmark; all are counted. */
export const MOST_FINDINGS = 20;
const EXCERPT_LENGTH = 80;

/** A benchmark as a corpus is searched for it. */
export interface ScanTarget {
  benchmark: string;
  version: number;
  /** SHA-256 of its data. */
  dataDigest: string;
  texts: readonly EvaluationText[];
}

const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const findingSchema = z.object({
  /** Number of the evaluation text, from 0. */
  text: count,
  rule: z.enum(["whole", "13 words", "8-grams", "run"]),
  /** Bytes of the corpus, [start, end), in which it stands; of several places the hull. */
  start: count,
  end: count,
  /** How the evaluation text begins. */
  excerpt: z.string().max(EXCERPT_LENGTH),
});
const gramsSchema = z.object({ distinct: count, found: count });

const targetSchema = z.object({
  benchmark: z.string().max(100),
  version: count,
  dataDigest: z.string().max(64),
  contaminated: z.boolean(),
  texts: count,
  /** Texts of which a rule says that they stand in the corpus. */
  found: count,
  words8: gramsSchema,
  words13: gramsSchema,
  bytes8: gramsSchema,
  bytes13: gramsSchema,
  /** The largest share of a text's n-grams of 8 words that was found. */
  largestShare: z.number().min(0).max(1),
  /** The first ones; `found` counts them all. */
  findings: z.array(findingSchema).max(MOST_FINDINGS),
  /** Hull of all findings, [start, end), or null. */
  hull: z.tuple([count, count]).nullable(),
});

export const scanReportSchema = z.object({
  policy: z.int(),
  scanner: z.int(),
  /** SHA-256 of the whole corpus. */
  corpus: digest,
  byteLength: count,
  /** Each part that was searched by itself: what recipes train on, and what is held out. */
  parts: z.array(z.object({
    part: z.enum(["training", "held-out"]),
    start: count,
    end: count,
    targets: z.array(targetSchema).max(100),
  })).min(1).max(2),
});
export type ScanReport = z.infer<typeof scanReportSchema>;
export type TargetReport = z.infer<typeof targetSchema>;
export type ScanFinding = z.infer<typeof findingSchema>;

/** A corpus and the bytes of it that recipes train on. */
export interface ScannedCorpus {
  sha256: string;
  byteLength: number;
  trainRange: readonly [start: number, end: number];
}

/**
 * Scans a corpus. `read` gives its bytes [start, end) in pieces of any length. The report is the
 * same for the same corpus and targets, however it is cut.
 *
 * @param onProgress fraction done, 0..1.
 */
export async function scanCorpus(
  { sha256, byteLength, trainRange: [start, end] }: ScannedCorpus,
  targets: readonly ScanTarget[],
  read: (start: number, end: number) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress?: (fraction: number) => void,
): Promise<ScanReport> {
  const ranges = [
    { part: "training" as const, start, end },
    { part: "held-out" as const, start: end, end: byteLength },
  ].filter((range) => range.part === "training" || range.start < range.end);
  const parts: ScanReport["parts"] = [];
  let done = 0;
  for (const range of ranges) {
    const scanner = new Scanner(targets.flatMap(({ texts }) => texts));
    for await (const piece of read(range.start, range.end)) {
      scanner.push(piece);
      done += piece.length;
      onProgress?.(done / byteLength);
    }
    parts.push({ ...range, targets: targetReports(targets, scanner.end(), range.start) });
  }
  return {
    ...{ policy: POLICY_VERSION, scanner: SCANNER_VERSION },
    ...{ corpus: sha256, byteLength, parts },
  };
}

function targetReports(
  targets: readonly ScanTarget[],
  findings: ScanFindings,
  offset: number,
): TargetReport[] {
  let from = 0;
  return targets.map((target) => {
    const texts = Array.from(target.texts, (_, i) => from + i);
    from += texts.length;
    return targetReport(target, texts, findings, offset);
  });
}

/** @param numbers of the target's texts among all. @param offset of the part in the corpus. */
function targetReport(
  { benchmark, version, dataDigest, texts }: ScanTarget,
  numbers: readonly number[],
  scan: ScanFindings,
  offset: number,
): TargetReport {
  const { words, bytes } = scan;
  const found = texts.flatMap((text, i): ScanFinding[] => {
    const rule = ruleThatHolds(text, numbers[i], scan);
    if (rule === null) return [];
    const [start, end] = hullOf(numbers[i], rule, scan);
    const excerpt = text.text.slice(0, EXCERPT_LENGTH).toWellFormed();
    return [{ text: i, rule, start: offset + start, end: offset + end, excerpt }];
  });
  return {
    ...{ benchmark, version, dataDigest },
    contaminated: found.length > 0,
    texts: texts.length,
    found: found.length,
    words8: gramCount(words[8], numbers),
    words13: gramCount(words[13], numbers),
    bytes8: gramCount(bytes[8], numbers),
    bytes13: gramCount(bytes[13], numbers),
    largestShare: Math.max(0, ...numbers.map((text) => knownShare(words[8], text))),
    findings: found.slice(0, MOST_FINDINGS),
    hull: found.length === 0 ? null : [
      Math.min(...found.map(({ start }) => start)),
      Math.max(...found.map(({ end }) => end)),
    ],
  };
}

type Grams = ScanFindings["runs"];

/** The first rule of the policy by which the text stands in the corpus, or null. */
function ruleThatHolds(
  { leak }: EvaluationText,
  text: number,
  { whole, words, runs }: ScanFindings,
): ScanFinding["rule"] | null {
  if (whole.first[text] !== NOT_MET) return "whole";
  if (leak === "whole") return null;
  if (metGrams(words[13], text).length > 0) return "13 words";
  if (knownShare(words[8], text) >= KNOWN_SHARE) return "8-grams";
  return metGrams(runs, text).length > 0 ? "run" : null;
}

/** Where what the rule is about begins first and ends last. */
function hullOf(
  text: number,
  rule: ScanFinding["rule"],
  { whole, words, runs }: ScanFindings,
): [start: number, end: number] {
  const index = rule === "run" ? runs : rule === "13 words" ? words[13] : words[8];
  const met = metGrams(index, text);
  const firsts = met.map((gram) => index.first[gram]), lasts = met.map((gram) => index.last[gram]);
  if (rule === "whole") {
    firsts.push(whole.first[text]);
    lasts.push(whole.last[text]);
  }
  return [Math.min(...firsts), Math.max(...lasts) + 1];
}

function metGrams({ gramsOf, first }: Grams, text: number): number[] {
  return Array.from(gramsOf[text]).filter((gram) => first[gram] !== NOT_MET);
}

/** Share of the text's n-grams, each place counted, that stand in the corpus; 0 without any. */
function knownShare(index: Grams, text: number): number {
  const { length } = index.gramsOf[text];
  return length === 0 ? 0 : metGrams(index, text).length / length;
}

function gramCount({ gramsOf, first }: Grams, texts: readonly number[]) {
  const distinct = new Set(texts.flatMap((text) => Array.from(gramsOf[text])));
  const found = [...distinct].filter((gram) => first[gram] !== NOT_MET);
  return { distinct: distinct.size, found: found.length };
}

type TargetKey = Pick<ScanTarget, "benchmark" | "version" | "dataDigest">;

/** What a scan looks for and by which rules: reports of one scope and corpus are equal. */
export function scanScope(targets: readonly TargetKey[]): string {
  const keys = targets.map((key) => `${key.benchmark}@${key.version}:${key.dataDigest}`).sort();
  return [`policy/${POLICY_VERSION}`, `scanner/${SCANNER_VERSION}`, ...keys].join(" ");
}

/** The scope a report was made for. */
export function scopeOf({ policy, scanner, parts }: ScanReport): string {
  const { targets } = parts[0];
  const ours = policy === POLICY_VERSION && scanner === SCANNER_VERSION;
  return ours ? scanScope(targets) : `policy/${policy} scanner/${scanner}`;
}

/** The rules of the policy, in the words of the pages. */
export const RULE_WORDS: Record<ScanFinding["rule"], string> = {
  whole: "stands there whole",
  "13 words": "shares 13 words in a row",
  "8-grams": `has ${100 * KNOWN_SHARE} % or more of its runs of 8 words there`,
  run: `shares ${RUN_LENGTH} letters and digits in a row`,
};
