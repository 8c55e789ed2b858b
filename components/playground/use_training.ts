// The run that trains in this tab, as its worker tells of it. One at a time: it takes all cores.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import type { RunProgress, RunSample, StoredRun } from "../../lib/playground/runs.ts";
import type { TrainReply, TrainTick } from "../../workers/train_protocol.ts";
import { site, startWork, type Work } from "./train_worker.ts";

export interface LiveRun {
  run: StoredRun;
  phase: "starting" | "training" | "paused" | "finished" | "stopped" | "failed";
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
  problem: PublicProblem | null;
}

/** Under this the tab remembers what it was training, over a reload. */
const ACTIVE = "tinyproof-training";

function begun(run: StoredRun): LiveRun {
  const { dev = [], samples = [], step = 0 } = run.progress ?? {};
  const start = { phase: "starting", stage: "starting", problem: null } as const;
  const tick = signal<TrainTick | null>(null);
  return { run, tick, ...start, ...{ threads: 1, resumedAt: 0, dev, samples, keptStep: step } };
}

/** @param onKept called when a run has ended, and more of it is kept than was known. */
export function useTraining(onKept: () => void) {
  const [live, setLive] = useState<LiveRun | null>(null);
  const work = useRef<Work | null>(null);
  const change = (part: Partial<LiveRun>) => setLive((now) => now && { ...now, ...part });

  async function start(run: StoredRun) {
    work.current?.end();
    const first = begun(run);
    setLive(first);
    sessionStorage.setItem(ACTIVE, run.id);
    const own = startWork({ type: "train", site: site(), run: run.id }, (reply) => {
      if (reply.type === "tick") first.tick.value = reply.tick;
      else setLive((now) => now && after(now, reply));
      if (reply.type === "trained") onKept();
    });
    work.current = own;
    try {
      await own.done;
    } catch (problem) {
      change({ phase: "failed", problem: problem as PublicProblem });
    }
    sessionStorage.removeItem(ACTIVE);
    work.current = null;
  }

  function stop() {
    work.current?.end();
    work.current = null;
    sessionStorage.removeItem(ACTIVE);
    change({ phase: "stopped" });
    onKept();
  }

  useEffect(() => () => work.current?.end(), []);
  return {
    live,
    start,
    stop,
    pause: () => work.current?.tell({ type: "pause" }),
    goOn: () => work.current?.tell({ type: "continue" }),
    /** Takes it off the page; what is kept stays. */
    dismiss: () => setLive(null),
  };
}

/** The run that this tab was training when it was left, or null. */
export function interruptedRun(): string | null {
  return sessionStorage.getItem(ACTIVE);
}

export function isBusy(live: LiveRun | null): boolean {
  return live !== null && ["starting", "training", "paused"].includes(live.phase);
}

/** The run as a reply leaves it. */
function after(now: LiveRun, reply: TrainReply): LiveRun {
  switch (reply.type) {
    case "stage":
      return { ...now, stage: reply.stage };
    case "started": {
      const { step, threads, progress } = reply;
      const kept = progress ? { dev: progress.dev, samples: progress.samples } : {};
      return { ...now, phase: "training", threads, resumedAt: step, keptStep: step, ...kept };
    }
    case "dev":
      return { ...now, dev: [...now.dev, { step: reply.step, loss: reply.loss }] };
    case "sample":
      return { ...now, samples: [...now.samples, reply.sample] };
    case "checkpoint":
      return { ...now, keptStep: reply.step };
    case "paused":
      return { ...now, phase: "paused" };
    case "continued":
      return { ...now, phase: "training" };
    case "trained":
      return { ...now, phase: "finished", run: { ...now.run, progress: reply.progress } };
    default:
      return now;
  }
}
