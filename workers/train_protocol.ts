// What the playground's page and the worker that trains say to each other. Plain data only.

import type { ScanReport } from "../lib/corpora/contamination/report.ts";
import type { PublicProblem } from "../lib/errors.ts";
import type { CurvePoint, RunProgress, RunSample } from "../lib/playground/runs.ts";
import type { Calibration, Probe } from "../lib/playground/speed.ts";

/** What a model is written as for a download. */
export const PACKINGS = ["fp32", "fp16", "int4", "safetensors"] as const;
export type Packing = typeof PACKINGS[number];

/** Where a worker finds what it needs. */
export interface Site {
  engineUrl: string;
  siteUrl: string;
}

/** From the page. A worker does one of these and ends with "done" or "error". */
export type TrainRequest =
  | { type: "calibrate"; site: Site; probes: Probe[] }
  /** Begins a run of this browser, or goes on with it. */
  | { type: "train"; site: Site; run: string }
  | { type: "scan"; site: Site; text: Blob }
  | { type: "pack"; file: Blob; packing: Packing };

/** To a worker that trains. */
export type TrainCommand = { type: "pause" } | { type: "continue" };

/** How a run stands at this moment. */
export interface TrainTick {
  step: number;
  lossNats: number;
  gradNorm: number;
  learningRate: number;
  /** Of the last seconds. */
  tokensPerSecond: number;
  etaMs: number;
  trainWallMs: number;
  curve: CurvePoint[];
}

export type TrainReply =
  | { type: "stage"; stage: string; fraction: number | null }
  | { type: "calibrated"; calibration: Calibration }
  | { type: "started"; step: number; threads: number; progress: RunProgress | null }
  | { type: "tick"; tick: TrainTick }
  | { type: "dev"; step: number; loss: number }
  | { type: "sample"; sample: RunSample }
  /** The state of that step is kept. */
  | { type: "checkpoint"; step: number }
  | { type: "paused" }
  | { type: "continued" }
  | { type: "trained"; progress: RunProgress }
  | { type: "scanned"; sha256: string; byteLength: number; report: ScanReport }
  | { type: "packed"; bytes: Uint8Array<ArrayBuffer>; ending: string }
  | { type: "done" }
  /** `lost`: a compute thread did not answer, as after a sleep of the machine; begun again it may. */
  | { type: "error"; problem: PublicProblem; lost: boolean };
