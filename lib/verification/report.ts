// The report of a verification: an in-toto Statement v1, and its verdict in plain words.

import { findBenchmark } from "../benchmarks/registry.ts";
import { canonicalDigest } from "./canonical.ts";
import type { Recipe } from "./recipe.ts";
import type { SampleScope } from "./spot_check.ts";
import type { Ticket, TicketCount } from "./ticket.ts";
import type { Segment, VerificationResult, VerifierInfo } from "./types.ts";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "https://tinyproof.example/replay/v1";

export interface StatementInput {
  result: VerificationResult;
  /** The parsed recipe, or null when the file has none that is well-formed. */
  recipe: Recipe | null;
  /** SHA-256 of the model's shape and float32 weights. */
  modelDigest: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  finishedAt: string;
  /** How many parts it was replayed in beside each other; 0 or 1 for one after the other. */
  parts?: number;
  /** Of a spot check: the segments and the nonce that drew them. */
  sample?: SampleScope;
  /** Of the seed, and how many its account took; null for a free seed. */
  ticket?: (Ticket & TicketCount) | null;
}

export interface Statement {
  _type: typeof STATEMENT_TYPE;
  subject: { name: string; digest: { sha256: string } }[];
  predicateType: typeof PREDICATE_TYPE;
  predicate: ReturnType<typeof buildPredicate>;
}

/** The statement of one verification. Holds facts only: equal inputs give equal bytes. */
export function buildStatement(input: StatementInput): Statement {
  const { result: { claimedHead }, modelDigest } = input;
  const subject = [{ name: "model", digest: { sha256: modelDigest } }];
  if (claimedHead !== null) subject.push({ name: "chain-head", digest: { sha256: claimedHead } });
  return {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PREDICATE_TYPE,
    predicate: buildPredicate(input),
  };
}

/** SHA-256 of the statement's canonical JSON, hexadecimal. */
export function statementDigest(statement: Statement): Promise<string> {
  return canonicalDigest(statement);
}

function buildPredicate(input: StatementInput) {
  const { result, recipe, startedAt, finishedAt, ticket = null } = input;
  const score = (pick: "claimed" | "recomputed") =>
    result.scores.map(({ benchmark, version, [pick]: value }) => ({ benchmark, version, value }));
  return {
    spec: recipe?.spec ?? null,
    recipeHash: result.recipeHash,
    /** Whole, so that its hash and the seed of its ticket can be computed again. */
    recipe,
    declaredEngineDigest: recipe?.engine ?? null,
    engineDigest: result.engineDigest,
    seed: recipe?.seed ?? null,
    ticket,
    tokenizer: recipe?.tokenizer ?? null,
    data: recipe?.data ?? [],
    benchmarks: result.scores.map(({ benchmark, version }) => ({
      benchmark,
      version,
      dataDigest: findBenchmark(benchmark, version)?.dataDigest ?? null,
    })),
    claim: { head: result.claimedHead, scores: score("claimed") },
    recomputed: { head: result.recomputedHead, scores: score("recomputed") },
    losses: result.losses,
    trainedDigest: result.trainedDigest,
    scope: scopeOf(input),
    verdict: result.verdict,
    firstDivergentStep: result.firstDivergentStep,
    weightDifference: result.weightDifference,
    ...(result.leafDifference && { leafDifference: result.leafDifference }),
    reasons: result.reasons,
    verifiers: result.verifiers,
    cost: result.cost,
    startedAt,
    finishedAt,
  };
}

/** How much of the run was replayed. */
export interface ReportScope extends Partial<SampleScope>, Partial<Segment> {
  kind: "full" | "segment" | "sample";
  leavesCompared: number;
  /** Beside each other, together the whole run. */
  parts?: number;
}

function scopeOf({ result, parts = 0, sample }: StatementInput): ReportScope {
  const { segment, leavesCompared } = result;
  if (sample) return { kind: "sample", leavesCompared, ...sample };
  return {
    ...{ kind: segment === null ? "full" : "segment", leavesCompared },
    ...(parts > 1 && { parts }),
    ...(segment && { from: segment.from, to: segment.to }),
  };
}

/** One or two sentences for people, without markup. */
export function describeVerdict(result: VerificationResult): string {
  const { verdict, firstDivergentStep: step, leavesCompared, scores, reasons } = result;
  const because = reasons.length === 0 ? "" : ` ${reasons.join(" ")}`;
  switch (verdict) {
    case "exact":
      return `Trained again from its recipe: all ${leavesCompared} checkpoints, the weights and ` +
        `${
          scores.length === 1 ? "the score" : `${scores.length} scores`
        } are equal to the last bit.${because}`;
    case "sampled":
      return `Parts of the run were trained again and are equal; the rest is not proven.${because}`;
    case "mismatch":
      return `The recipe does not give this model: the first difference stands at step ${step}; ` +
        `${whoAgrees(result)}.${because}`;
    case "engine-divergent":
      return `Our own verifiers disagree, which is our bug and no fault of this entry.${because}`;
    case "not-reproducible":
      return `The recipe cannot be run here:${because}`;
    case "external":
      return `Scored exactly, but how it was trained is declared only.${because}`;
    case "rejected":
      return `The claim is malformed or against the rules:${because}`;
    case "error":
      return `The verification did not finish; this says nothing about the entry.${because}`;
  }
}

const FAMILY_NAMES: Record<VerifierInfo["engineFamily"], string> = {
  v8: "V8",
  spidermonkey: "SpiderMonkey",
  javascriptcore: "JavaScriptCore",
};

function whoAgrees({ verifiers }: VerificationResult): string {
  const families = [...new Set(verifiers.map(({ engineFamily }) => FAMILY_NAMES[engineFamily]))];
  if (families.length > 1) return `two engine families agree, ${families.join(" and ")}`;
  const [family = "our engine"] = families;
  return `two configurations of ${family} agree; no other engine family was at hand`;
}
