// The threads of an engine, seen from the host: it is thread 0, the others are workers. One job at
// a time. How a worker is made is the caller's to know.

import { type Accelerate, Arena } from "./kernels.ts";
import type { FromThread, Job, Plan, ToThread } from "./serve_thread.ts";
import { LostThreadError, Thread } from "./thread.ts";

export interface CrewOptions {
  /** Threads wanted, the caller's own included. */
  threads?: number;
  /** Makes a worker that runs `serveThread`. Without it there is one thread. */
  spawn?: () => Worker;
  /** How long a thread may keep the others waiting. */
  patienceMs?: number;
  /** Kernels of the host's own thread. The workers of `spawn` must have the same. */
  accelerate?: Accelerate;
}

/** More are not started. */
export const MOST_THREADS = 64;
const PATIENCE_MS = 60_000;

export class Crew {
  readonly #module: WebAssembly.Module;
  readonly #workers: Worker[] = [];
  readonly #patienceMs: number;
  readonly #accelerate: Accelerate | undefined;
  #nextId = 0;
  /** Why no job can be done any more. */
  #end: Error | null = null;
  readonly #lost = Promise.withResolvers<never>();

  private constructor(module: WebAssembly.Module, options: CrewOptions) {
    this.#module = module;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#accelerate = options.accelerate;
    this.#lost.promise.catch(() => {});
  }

  /**
   * Starts the workers and waits for them. One thread where memory cannot be shared or a worker
   * does not start.
   */
  static async start(module: WebAssembly.Module, options: CrewOptions): Promise<Crew> {
    const { threads = 1, spawn } = options;
    const crew = new Crew(module, options);
    if (!spawn || !(threads > 1) || !canShareMemory()) return crew;
    try {
      for (let i = 1; i < Math.min(Math.floor(threads), MOST_THREADS); i++) {
        crew.#workers.push(crew.#listen(spawn()));
      }
      const probe = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const started = crew.#all((answer) => answer.type === "started");
      crew.#post(() => ({ type: "start", module, probe }));
      await started;
      return crew;
    } catch {
      crew.close();
      return new Crew(module, options);
    }
  }

  get threads(): number {
    return this.#workers.length + 1;
  }

  /** A memory of up to `maxBytes` with every thread at work in it. Lay out only then. */
  async open(maxBytes: number): Promise<CrewMemory> {
    this.#assertWhole();
    const id = this.#nextId++, count = this.threads, patienceMs = this.#patienceMs;
    const arena = new Arena(this.#module, maxBytes, this.#accelerate);
    const { memory } = arena;
    const ready = this.#all((answer) => answer.type === "memory" && answer.id === id);
    this.#post((index) => ({ type: "memory", id, memory, index, count, patienceMs }));
    await ready;
    return new CrewMemory(new Thread(arena, 0, count, patienceMs), {
      post: (message) => this.#post(() => ({ ...message, id })),
      assertWhole: () => this.#assertWhole(),
      lose: (error) => this.#lose(error),
    });
  }

  /** Ends the workers; memories and what they hold stay readable. */
  close(): void {
    this.#fail(new Error("The engine is closed"));
    for (const worker of this.#workers) worker.terminate();
  }

  #assertWhole(): void {
    if (this.#end !== null) throw this.#end;
  }

  #post(message: (index: number) => ToThread): void {
    if (this.#end !== null) return;
    this.#workers.forEach((worker, i) => worker.postMessage(message(i + 1)));
  }

  #listen(worker: Worker): Worker {
    worker.addEventListener("message", ({ data }: MessageEvent<FromThread>) => {
      if (data.type === "failed") this.#fail(new Error(`A compute thread failed: ${data.message}`));
    });
    worker.addEventListener("error", (event) => {
      // Or the runtime would end the whole program.
      event.preventDefault();
      this.#fail(new Error(`A compute thread ended: ${event.message}`));
    });
    return worker;
  }

  #fail(error: Error): void {
    this.#end ??= error;
    this.#lost.reject(error);
  }

  /** The error to tell of a job that broke off. A thread that gave up says why in a message. */
  async #lose(error: unknown): Promise<never> {
    if (error instanceof LostThreadError && error.gaveUp) await this.#lost.promise;
    this.#end ??= new Error("The engine is unusable after a failure", { cause: error });
    throw error;
  }

  /** Every worker has given the answer. @throws {Error} when one is lost before. */
  async #all(isAnswer: (message: FromThread) => boolean): Promise<void> {
    const answers = this.#workers.map((worker) =>
      new Promise<void>((resolve) => {
        const listen = ({ data }: MessageEvent<FromThread>) => {
          if (!isAnswer(data)) return;
          worker.removeEventListener("message", listen);
          resolve();
        };
        worker.addEventListener("message", listen);
      })
    );
    await Promise.race([Promise.all(answers), this.#lost.promise]);
  }
}

interface CrewLink {
  post(message: { type: "plan"; plan: Plan } | { type: "job"; job: Job } | { type: "close" }): void;
  assertWhole(): void;
  lose(error: unknown): Promise<never>;
}

/** One memory with all threads, as its owner on the host sees it. */
export class CrewMemory {
  /** The host's own part. */
  readonly thread: Thread;
  readonly #link: CrewLink;

  constructor(thread: Thread, link: CrewLink) {
    this.thread = thread;
    this.#link = link;
  }

  /** Tells the other threads what they will work on. */
  plan(plan: Plan): void {
    this.#link.post({ type: "plan", plan });
  }

  /**
   * All threads do the job, `own` being the host's share; resolves when all are done.
   * @throws {Error} when a thread fails or does not answer: the engine is then of no more use.
   */
  async together<T>(job: Job, own: () => T): Promise<T> {
    this.#link.assertWhole();
    this.#link.post({ type: "job", job });
    try {
      const result = own();
      this.thread.meet();
      return result;
    } catch (error) {
      this.thread.giveUp();
      return await this.#link.lose(error);
    }
  }

  /** @throws {Error} when the threads are of no more use: lost, or the engine is closed. */
  assertWhole(): void {
    this.#link.assertWhole();
  }

  close(): void {
    this.#link.post({ type: "close" });
  }
}

/** Whether workers can be given a shared memory: not on pages that are not isolated. */
function canShareMemory(): boolean {
  return typeof Worker !== "undefined" && typeof SharedArrayBuffer !== "undefined" &&
    globalThis.crossOriginIsolated !== false;
}
