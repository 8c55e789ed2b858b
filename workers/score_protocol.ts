// What the page and its engine worker say to each other. Plain data only.

import type { ExampleResult } from "../lib/benchmarks/benchmark.ts";
import type { ProbeResult } from "../lib/benchmarks/probes.ts";
import type { Standing } from "../lib/inspect/distribution.ts";
import type { Look, ShownChoice } from "../lib/inspect/look.ts";
import type { TensorLook } from "../lib/inspect/weights.ts";
import type { Opening } from "../lib/verification/opening.ts";
import type { ClaimedScore } from "../lib/verification/rescore.ts";
import type { Segment, VerificationResult } from "../lib/verification/types.ts";

export interface BenchmarkKey {
  id: string;
  version: number;
}

/** A part of the run that is replayed alone, and the path of the state it starts from. */
export interface TabSegment extends Segment {
  /** Null for the seed. */
  state: string | null;
}

/** The address of a model file, or a file of the visitor's. */
export type ModelSource = string | Blob;

/** From the page. The first message is "load"; a worker serves one file. */
export type TabRequest =
  | { type: "load"; engineUrl: string; file: ModelSource; siteUrl: string }
  | { type: "score"; benchmarks: BenchmarkKey[] }
  | { type: "replay"; claimedScores: ClaimedScore[]; segment?: TabSegment }
  | { type: "generate"; prompt: string; method: WritingMethod }
  | { type: "look"; prompt: string; weights: boolean };

/** How a prompt is continued: drawn token by token, or searched for. The words of the command line. */
export type WritingMethod =
  | {
    name: "draw";
    maxBytes: number;
    /** 0 is greedy. */
    temperature: number;
    topK: number;
    topP: number;
    seed: number;
  }
  | {
    name: "beams";
    beams: number;
    maxTokens: number;
    /** 0 when not given. */
    minTokens?: number;
    /** None when not given. */
    endToken?: number;
  };

/** A token of a continuation: its bytes, as many as were asked for, and what else might have come. */
export interface WrittenToken {
  bytes: number[];
  /** Null where the text is longer than the context, so that no single pass tells. */
  standing: Standing | null;
  /** The likeliest at that place, best first. */
  choices: ShownChoice[];
}

/** A continuation that was searched for. */
export interface FoundText {
  bytes: number[];
  /** As the engine's `Hypothesis`. */
  score: number;
}

/** From the worker. "done" or "error" answers each request. */
export type TabReply =
  | { type: "progress"; stage: string; fraction: number; etaMs: number | null }
  | { type: "loaded"; engineDigest: string; modelDigest: string; parameters: number }
  | { type: "probes"; probes: ProbeResult[] }
  | {
    type: "score";
    id: string;
    version: number;
    /** Null when the model cannot be scored. */
    score: number | null;
    reason: string | null;
    wallMs: number;
    /** None without a score. */
    examples: ExampleResult[];
  }
  | { type: "replayed"; result: VerificationResult; openings: Opening[] }
  /** New tokens, and how long the text has taken so far. */
  | { type: "written"; tokens: WrittenToken[]; elapsedMs: number }
  | { type: "found"; texts: FoundText[] }
  | { type: "look"; look: Look; weights: TensorLook[] | null }
  | { type: "done"; wallMs: number }
  | { type: "error"; message: string; fix: string | null };
