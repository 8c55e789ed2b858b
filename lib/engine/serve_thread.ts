// The life of a compute thread other than the host's: what it is told and what it does.

import { serveRows } from "./inference.ts";
import {
  type Inference,
  type InferencePlan,
  openInference,
  type RowsJob,
} from "./inference_run.ts";
import { type Accelerate, Arena } from "./kernels.ts";
import { Thread } from "./thread.ts";
import { evaluate, type TrainingJob, trainStep } from "./training.ts";
import { openTraining, type Training, type TrainingPlan } from "./training_run.ts";

export type Plan = TrainingPlan | InferencePlan;
export type Job = TrainingJob | RowsJob;

/** From the host to a worker; a memory goes by its number. */
export type ToThread =
  | { type: "start"; module: WebAssembly.Module; probe: WebAssembly.Memory }
  | {
    type: "memory";
    id: number;
    memory: WebAssembly.Memory;
    index: number;
    count: number;
    patienceMs: number;
  }
  | { type: "plan"; id: number; plan: Plan }
  | { type: "job"; id: number; job: Job }
  | { type: "close"; id: number };

/** From a worker: it has started, it has the memory, or it is lost. */
export type FromThread =
  | { type: "started" }
  | { type: "memory"; id: number }
  | { type: "failed"; message: string };

/** The part of a worker's global scope that `serveThread` needs. */
export interface ThreadPort {
  addEventListener(
    type: "message" | "messageerror",
    listener: (event: MessageEvent<ToThread>) => void,
  ): void;
  postMessage(message: FromThread): void;
}

/** The life of a worker: takes its share of every job until it is terminated. */
export function serveThread(port: ThreadPort, accelerate?: Accelerate): void {
  const memories = new Map<number, { thread: Thread; work: Training | Inference | null }>();
  let module: WebAssembly.Module;
  const handle = (message: ToThread): void => {
    if (message.type === "start") {
      module = message.module;
      return port.postMessage({ type: "started" });
    }
    const { id } = message;
    if (message.type === "close") return void memories.delete(id);
    if (message.type === "memory") {
      const { memory, index, count, patienceMs } = message;
      const thread = new Thread(new Arena(module, memory, accelerate), index, count, patienceMs);
      memories.set(id, { thread, work: null });
      return port.postMessage({ type: "memory", id });
    }
    const held = memories.get(id)!;
    if (message.type === "plan") held.work = open(held.thread, message.plan);
    else takePart(held.thread, held.work!, message.job);
  };
  port.addEventListener("messageerror", () => {
    port.postMessage({ type: "failed", message: "it could not be given the memory" });
  });
  port.addEventListener("message", ({ data }) => {
    try {
      handle(data);
    } catch (error) {
      if ("id" in data) memories.get(data.id)?.thread.giveUp();
      port.postMessage({ type: "failed", message: String(error) });
    }
  });
}

function open(thread: Thread, plan: Plan): Training | Inference {
  return plan.kind === "training" ? openTraining(thread, plan) : openInference(thread, plan);
}

function takePart(thread: Thread, work: Training | Inference, job: Job): void {
  if (job.kind === "rows") serveRows(work as Inference, job);
  else if (job.kind === "train") trainStep(work as Training, job);
  else evaluate(work as Training);
  thread.meet();
}
