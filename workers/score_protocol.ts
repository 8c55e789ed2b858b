// What the page and its engine worker say to each other. Plain data only.

import type { ProbeResult } from "../lib/benchmarks/probes.ts";
import type { Opening } from "../lib/verification/confirmation.ts";
import type { ClaimedScore } from "../lib/verification/rescore.ts";
import type { VerificationResult } from "../lib/verification/types.ts";

export interface BenchmarkKey {
  id: string;
  version: number;
}

/** The address of a model file, or a file of the visitor's. */
export type ModelSource = string | Blob;

/** From the page. The first message is "load"; a worker serves one file. */
export type TabRequest =
  | { type: "load"; engineUrl: string; file: ModelSource; siteUrl: string }
  | { type: "score"; benchmarks: BenchmarkKey[] }
  | { type: "replay"; claimedScores: ClaimedScore[] }
  | {
    type: "generate";
    prompt: string;
    maxBytes: number;
    temperature: number;
    seed: number;
  };

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
  }
  | { type: "replayed"; result: VerificationResult; openings: Opening[] }
  | { type: "bytes"; bytes: number[] }
  | { type: "done"; wallMs: number }
  | { type: "error"; message: string; fix: string | null };
