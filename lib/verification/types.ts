// Shapes shared by recipe, chain, replay, verdict and report.

/** Words of the verdicts, as docs/provenance.md defines them. */
export const VERDICTS = [
  "exact",
  "sampled",
  "mismatch",
  "engine-divergent",
  "not-reproducible",
  "external",
  "rejected",
  "error",
] as const;
export type Verdict = typeof VERDICTS[number];

/** What a run leaves behind: one leaf per checkpoint, `leaves[0]` at step 0. Hexadecimal. */
export interface Chain {
  interval: number;
  /** Step of each leaf: 0, interval, 2·interval, …, steps. */
  leafSteps: number[];
  leaves: string[];
  head: string;
}

/** One benchmark's score, claimed by an earlier run and recomputed by the verifier. */
export interface ScoreComparison {
  benchmark: string;
  version: number;
  claimed: number;
  recomputed: number;
  equal: boolean;
}

/** Where the first differing weight stands, and how far apart all of them are. */
export interface WeightDifference {
  tensor: string;
  index: number;
  claimed: number;
  recomputed: number;
  /** Values that differ, in all tensors. */
  differing: number;
  /** Every tensor that differs, in the order of the file. */
  tensors: TensorDifference[];
}

/** The first checkpoint that differs: its hash in the file, and what the replay computed. */
export interface LeafDifference {
  leaf: number;
  /** Hexadecimal; null where the file, or the replay, has no checkpoint of that number. */
  claimed: string | null;
  recomputed: string | null;
}

export interface TensorDifference {
  tensor: string;
  differing: number;
  /** Largest |claimed − recomputed|. */
  largest: number;
}

export const ENGINE_FAMILIES = ["v8", "spidermonkey", "javascriptcore"] as const;

export interface VerifierInfo {
  /** For example "Deno 2.9.6 (V8 15.0)". */
  runtime: string;
  engineFamily: typeof ENGINE_FAMILIES[number];
  flags: string[];
  isa: string;
  threads: number;
  selfTestDigest: string;
  /** Instruction set of the native kernels used; absent where WebAssembly did everything. */
  native?: string;
}

/** A stretch of a run from the state of one leaf to that of another, by their indexes. */
export interface Segment {
  from: number;
  to: number;
}

/** Most points of a loss curve. */
export const MAX_LOSS_POINTS = 512;

export interface LossPoint {
  step: number;
  /** Nats per scored token. */
  loss: number;
}

/** Outcome of one replay: data, not an exception. */
export interface VerificationResult {
  verdict: Verdict;
  recipeHash: string | null;
  engineDigest: string;
  /** Last step of the first interval that differs, or null. */
  firstDivergentStep: number | null;
  reasons: string[];
  leavesCompared: number;
  claimedHead: string | null;
  /** Head over the leaves recomputed so far: a replay stops at the first leaf that differs. */
  recomputedHead: string | null;
  weightDifference: WeightDifference | null;
  /** Absent where every leaf is the same, or none was computed. */
  leafDifference?: LeafDifference;
  /** Leaves between which the run was replayed; null when it was not. */
  segment: Segment | null;
  /** Training losses of the replay, in nats per token, as far as it came. */
  losses: LossPoint[];
  /** Digest of the model the replay ended in, before packing; null when it did not get there. */
  trainedDigest: string | null;
  scores: ScoreComparison[];
  verifiers: VerifierInfo[];
  cost: { flops: number; wallMs: number };
}
