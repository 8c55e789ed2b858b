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
  const control = useRef<RunControl | null>(null);
  control.current ??= new RunControl(setLive, onKept);
  const { current } = control;
  useEffect(() => {
    if (live?.phase === "stopping" && live.held) current.end();
  }, [live?.phase, live?.held]);
  useEffect(() => () => current.abandon(), []);
  return {
    ...{ live, busy: isBusy(live) },
    start: (run: StoredRun) => current.start(run),
    stop: () => live?.phase === "training" ? current.keepAndEnd() : current.end(),
    pause: () => current.tell("pause"),
    goOn: () => current.tell("continue"),
    /** Takes it off the page; what is kept stays. */
    dismiss: () => setLive(null),
  };
}

/** The worker of the run, and what becomes of the run by it. */
class RunControl {
  #work: Work | null = null;
  readonly #change: (next: (now: LiveRun | null) => LiveRun | null) => void;
  readonly #onKept: () => void;

  constructor(
    change: (next: (now: LiveRun | null) => LiveRun | null) => void,
    onKept: () => void,
  ) {
    this.#change = change;
    this.#onKept = onKept;
  }

  async start(run: StoredRun): Promise<void> {
    this.#leave();
    const first = begun(run);
    this.#change(() => first);
    sessionStorage.setItem(ACTIVE, run.id);
    try {
      await followRun(run, (work) => this.#work = work, (reply) => {
        if (reply.type === "tick") first.tick.value = reply.tick;
        else this.#change((now) => now && afterReply(now, reply));
        if (reply.type === "trained") this.#onKept();
      });
    } catch (problem) {
      this.#set({ phase: "failed", problem: problem as PublicProblem });
    }
    this.#leave();
  }

  tell(type: "pause" | "continue"): void {
    this.#work?.tell({ type });
  }

  /** The worker pauses once what it has is kept. */
  keepAndEnd(): void {
    this.#set({ phase: "stopping" });
    this.tell("pause");
  }

  end(): void {
    this.#leave();
    this.#set({ phase: "stopped" });
    this.#onKept();
  }

  /** The page goes; the tab remembers the run. */
  abandon(): void {
    this.#work?.end();
  }

  #leave(): void {
    this.abandon();
    this.#work = null;
    sessionStorage.removeItem(ACTIVE);
  }

  #set(part: Partial<LiveRun>): void {
    this.#change((now) => now && { ...now, ...part });
  }
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
