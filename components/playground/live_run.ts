// A run of this tab as the page shows it, and what each word of its worker makes of it.

import { type Signal, signal } from "@preact/signals";
import type { PublicProblem } from "../../lib/errors.ts";
import type { RunProgress, RunSample, StoredRun } from "../../lib/playground/runs.ts";
import type { TrainReply, TrainTick } from "../../workers/train_protocol.ts";

export interface LiveRun {
  run: StoredRun;
  phase: "starting" | "training" | "paused" | "stopping" | "finished" | "stopped" | "failed";
  /** What is done before the first step. */
  stage: string;
  threads: number;
  /** The step it went on from; 0 for a new run. */
  resumedAt: number;
  /** A few times a second: whoever reads it is rendered again, and nothing else of the page. */
  tick: Signal<TrainTick | null>;
  dev: RunProgress["dev"];
  samples: RunSample[];
  /** The last step whose state is kept. */
  keptStep: number;
  /** It waits, and what it has is kept. */
  held: boolean;
  problem: PublicProblem | null;
}

export function begun(run: StoredRun): LiveRun {
  const { dev = [], samples = [], step = 0 } = run.progress ?? {};
  const start = { phase: "starting", stage: "starting", held: false, problem: null } as const;
  const tick = signal<TrainTick | null>(null);
  return { run, tick, ...start, ...{ threads: 1, resumedAt: 0, dev, samples, keptStep: step } };
}

export function isBusy(live: LiveRun | null): boolean {
  return live !== null && ["starting", "training", "paused", "stopping"].includes(live.phase);
}

/** The run as a reply leaves it. */
export function afterReply(now: LiveRun, reply: TrainReply): LiveRun {
  switch (reply.type) {
    case "stage":
      return { ...now, stage: reply.stage };
    case "started": {
      const { step, threads, progress } = reply;
      const { dev, samples } = progress ?? { dev: [], samples: [] };
      const at = { resumedAt: step, keptStep: step, held: false };
      return { ...now, phase: "training", threads, ...at, dev, samples };
    }
    case "dev":
      return { ...now, dev: [...now.dev, { step: reply.step, loss: reply.loss }] };
    case "sample":
      return { ...now, samples: [...now.samples, reply.sample] };
    case "checkpoint":
      return { ...now, keptStep: reply.step };
    case "paused":
      return { ...now, phase: now.phase === "stopping" ? "stopping" : "paused", held: true };
    case "continued":
      return { ...now, phase: "training", held: false };
    case "trained":
      return { ...now, phase: "finished", run: { ...now.run, progress: reply.progress } };
    default:
      return now;
  }
}
