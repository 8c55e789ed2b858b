// Whether a judge agrees with people often enough to score what no person scored. Knows no database.

import { wilsonInterval } from "../../benchmarks/statistics.ts";
import { coefficientIntervals, cohenKappa, confusionMatrix, levelsOf } from "../agreement.ts";

/** The least agreement, exact and blind. */
export const GATE = 0.9;
/** Fewer pairs than these say nothing of a judge: 27 of 30 may as well be 75 %. */
export const LEAST_PAIRS = 30;

/** A person's score, given without seeing the judge's, and the judge's of the same completion. */
export interface BlindPair {
  itemId: string;
  category: string;
  label: string;
  person: number;
  judge: number;
}

export interface CriterionGate {
  category: string;
  label: string;
  pairs: number;
  agreed: number;
  /** Share of equal scores; null without pairs. */
  agreement: number | null;
  /** 95 %, Wilson; null without pairs. */
  interval: [number, number] | null;
  /** Cohen's κ of judge and people: above 0, it is better than chance. For people to see. */
  kappa: number | null;
  /** 95 %, bootstrap over completions. */
  kappaInterval: [number, number] | null;
  /**
   * "passed" above the gate with its whole interval, "passed, barely" with its share alone, "failed"
   * below, "too few" with less than `LEAST_PAIRS`.
   */
  verdict: "passed" | "passed, barely" | "failed" | "too few";
}

/** By criterion, in the order given. A criterion that nobody scored has too few pairs. */
export function judgeGate(
  criteria: readonly { category: string; label: string }[],
  pairs: readonly BlindPair[],
  gate: number = GATE,
): CriterionGate[] {
  return criteria.map(({ category, label }) => {
    const own = pairs.filter((pair) => pair.category === category && pair.label === label);
    const agreed = own.filter(({ person, judge }) => person === judge).length;
    const base = { category, label, pairs: own.length, agreed };
    if (own.length === 0) {
      const nothing = { agreement: null, interval: null, kappa: null, kappaInterval: null };
      return { ...base, ...nothing, verdict: "too few" as const };
    }
    const agreement = agreed / own.length;
    const interval = wilsonInterval(agreed, own.length);
    return {
      ...base,
      agreement,
      interval,
      ...kappaOf(own),
      verdict: verdictOf(own.length, agreement, interval, gate),
    };
  });
}

function kappaOf(pairs: readonly BlindPair[]) {
  const scores = pairs.map(({ itemId, label, person, judge }) => ({
    ...{ itemId, criterion: label, a: person, b: judge },
  }));
  const levels = levelsOf(scores, []);
  return {
    kappa: cohenKappa(confusionMatrix(scores, levels)),
    kappaInterval: coefficientIntervals(scores, levels).kappa,
  };
}

function verdictOf(
  pairs: number,
  agreement: number,
  [least]: [number, number],
  gate: number,
): CriterionGate["verdict"] {
  if (pairs < LEAST_PAIRS) return "too few";
  if (agreement < gate) return "failed";
  return least >= gate ? "passed" : "passed, barely";
}

/** Whether a judge may score this criterion where no person did. */
export function mayScore({ verdict }: Pick<CriterionGate, "verdict">): boolean {
  return verdict === "passed" || verdict === "passed, barely";
}
