// The run that trains in this tab, as its worker tells of it. One at a time: it takes all cores.

import { useEffect, useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import type { StoredRun } from "../../lib/playground/runs.ts";
import type { TrainReply } from "../../workers/train_protocol.ts";
import { afterReply, begun, isBusy, type LiveRun } from "./live_run.ts";
import { site, startWork, type Work, type WorkProblem } from "./train_worker.ts";

/** Under this the tab remembers what it was training, over a reload. */
const ACTIVE = "tinyproof-training";

/** @param onKept called when a run has ended, and more of it is kept than was known. */
export function useTraining(onKept: () => void) {
  const [live, setLive] = useState<LiveRun | null>(null);
  const work = useRef<Work | null>(null);
  const change = (part: Partial<LiveRun>) => setLive((now) => now && { ...now, ...part });

  function leave() {
    work.current?.end();
    work.current = null;
    sessionStorage.removeItem(ACTIVE);
  }

  function end() {
    leave();
    change({ phase: "stopped" });
    onKept();
  }

  async function start(run: StoredRun) {
    leave();
    const first = begun(run);
    setLive(first);
    sessionStorage.setItem(ACTIVE, run.id);
    try {
      await followRun(run, (now) => work.current = now, (reply) => {
        if (reply.type === "tick") first.tick.value = reply.tick;
        else setLive((now) => now && afterReply(now, reply));
        if (reply.type === "trained") onKept();
      });
    } catch (problem) {
      change({ phase: "failed", problem: problem as PublicProblem });
    }
    leave();
  }

  /** Keeps what it has first, where there is something to keep. */
  function stop() {
    if (live?.phase !== "training") return end();
    change({ phase: "stopping" });
    work.current?.tell({ type: "pause" });
  }

  useEffect(() => {
    if (live?.phase === "stopping" && live.held) end();
  }, [live?.phase, live?.held]);
  useEffect(() => () => work.current?.end(), []);
  return {
    ...{ live, busy: isBusy(live), start, stop },
    pause: () => work.current?.tell({ type: "pause" }),
    goOn: () => work.current?.tell({ type: "continue" }),
    /** Takes it off the page; what is kept stays. */
    dismiss: () => setLive(null),
  };
}

/**
 * To the end of the run, with another worker from what is kept when the threads of one have lost
 * each other: where a machine slept or a browser froze the tab.
 */
async function followRun(
  run: StoredRun,
  hold: (work: Work) => void,
  onReply: (reply: TrainReply) => void,
): Promise<void> {
  for (let kept = 0, before = -1;; before = kept) {
    const work = startWork({ type: "train", site: site(), run: run.id }, (reply) => {
      if (reply.type === "checkpoint") kept = reply.step;
      onReply(reply);
    });
    hold(work);
    try {
      return await work.done;
    } catch (problem) {
      // One that gets no further has another fault.
      if (!(problem as WorkProblem).lost || kept <= before) throw problem;
    }
  }
}

/** The run that this tab was training when it was left, or null. */
export function interruptedRun(): string | null {
  return sessionStorage.getItem(ACTIVE);
}
