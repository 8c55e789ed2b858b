// A worker: asks a server for jobs, runs each in a process of its own, and says what it found.

import { SELF_TEST_DIGEST } from "../lib/engine/self_test.ts";
import { TinyproofError } from "../lib/errors.ts";
import { programDigest } from "../lib/jobs/program.ts";
import {
  type BlobRef,
  type ClaimAnswer,
  type ClaimRequest,
  LONGEST_WAIT_MS,
  PROTOCOL,
} from "../lib/jobs/protocol.ts";
import { traceJob } from "../lib/operating/tracing.ts";
import type { JobKind, WorkerDescription } from "../lib/storage/job_schema.ts";
import { BlobCache } from "./blob_cache.ts";
import { type Effects, REAL_EFFECTS } from "./effects.ts";
import { type ChildOptions, type ChildOutcome, runChild } from "./job_child.ts";
import type { OtherEngine } from "./other_engine/other_engine.ts";
import { type JobRunner, runJob } from "./run_job.ts";
import { ServerApi } from "./server_api.ts";
import { tidyFolders } from "./job_folder.ts";
import { testEngine } from "./test_engine.ts";
import type { Transport } from "./transport.ts";

export interface WorkerOptions {
  transport: Transport;
  /** What may be done at the same time: for each process, the kinds it takes, the dearest first. */
  slots: readonly (readonly JobKind[])[];
  description: WorkerDescription;
  /** Absolute path: job folders and fetched files. */
  directory: string;
  maxCacheBytes?: number;
  /** Path of the native library to try; null for WebAssembly alone. */
  library: string | null;
  /** For confirming a mismatch; null or absent for another configuration of V8. */
  otherEngine?: OtherEngine | null;
  program?: URL;
  /** Instead of what the server asks for. */
  heartbeatMs?: number;
  /** False where the engine is the server's own file: job processes test it anyway. */
  testsEngine?: boolean;
  run?: (options: ChildOptions) => Promise<ChildOutcome>;
  effects?: Effects;
  say?: (line: string) => void;
  onError?: (error: unknown) => void;
}

export interface RunningWorker {
  /**
   * Takes no more jobs; those that do not end within `graceMs` are handed back. Resolves when the
   * server knows of all of them, or cannot be told.
   */
  stop(graceMs?: number): Promise<void>;
  /** Resolves when it has stopped; rejects when the server refuses it. */
  ended: Promise<void>;
}

/** Longest a stopping worker tries to reach a server that is away. */
const FAREWELL_MS = 5000;
const MAX_CACHE_BYTES = 4 * 1024 ** 3;

/** Works until stopped or refused. */
export function startWorker(options: WorkerOptions): RunningWorker {
  return new Worker(options);
}

const STOPPED = new DOMException("The worker stops", "AbortError");
/** After a fault of this machine; a server that is away is waited for elsewhere. */
const FAULT_WAIT_MS = 2000;

class Worker implements RunningWorker {
  readonly ended: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #runner: JobRunner;
  readonly #engines: TestedEngines;
  /** No more jobs; then no more processes; then no more messages. */
  readonly #draining = new AbortController();
  readonly #stopping = new AbortController();
  readonly #leaving = new AbortController();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#runner = runnerOf(options);
    this.#engines = new TestedEngines(async (engine) => {
      if (options.testsEngine === false) return;
      await testEngine(this.#runner, engine, this.#draining.signal);
    });
    this.ended = this.#run();
    // Whoever asks is told; nobody has to ask.
    this.ended.catch(() => {});
  }

  async stop(graceMs = 0): Promise<void> {
    const { effects } = this.#runner;
    const leaving = this.#leaving.signal;
    this.#draining.abort(STOPPED);
    const farewell = (async () => {
      await effects.sleep(graceMs, leaving);
      this.#stopping.abort(STOPPED);
      await effects.sleep(FAREWELL_MS, leaving);
      this.#leaving.abort(STOPPED);
    })();
    await this.ended.catch(() => {});
    this.#leaving.abort(STOPPED);
    await farewell;
  }

  async #run(): Promise<void> {
    await Deno.mkdir(this.#runner.jobsFolder, { recursive: true });
    this.#runner.jobsFolder = await Deno.realPath(this.#runner.jobsFolder);
    await tidyFolders(this.#runner.jobsFolder);
    const ends = await Promise.allSettled(
      this.#options.slots.map((kinds) => this.#serve(kinds)),
    );
    for (const end of ends) {
      if (end.status === "rejected" && end.reason !== STOPPED) throw end.reason;
    }
  }

  /** One that is refused ends all; the others finish what they have. */
  async #serve(kinds: readonly JobKind[]): Promise<void> {
    while (!this.#draining.signal.aborted) {
      try {
        await this.#step(kinds);
      } catch (error) {
        if (error instanceof TinyproofError || error === STOPPED) {
          this.#draining.abort(STOPPED);
          throw error;
        }
        this.#runner.onError(error);
        await this.#runner.effects.sleep(FAULT_WAIT_MS, this.#draining.signal);
      }
    }
  }

  async #step(kinds: readonly JobKind[]): Promise<void> {
    const { say = () => {} } = this.#options;
    const { engine, job } = await this.#claim(kinds);
    if (job !== null) {
      say(`${job.kind} of ${job.entryId}, attempt ${job.attempt}`);
      const signals = { stopping: this.#stopping.signal, leaving: this.#leaving.signal };
      const attributes = { "tinyproof.entry": job.entryId, "tinyproof.attempt": job.attempt };
      const state = await traceJob(
        job.kind,
        attributes,
        () => runJob(this.#runner, job, signals),
      );
      say(`${job.kind} of ${job.entryId}: ${state}`);
    } else if (!this.#engines.has(engine)) {
      await this.#engines.test(engine);
    }
  }

  async #claim(kinds: readonly JobKind[]): Promise<ClaimAnswer> {
    const request: ClaimRequest = {
      protocol: PROTOCOL,
      program: await programDigest(),
      engine: this.#engines.newest(),
      worker: this.#options.description,
      kinds: [...kinds],
      waitMs: LONGEST_WAIT_MS,
    };
    return await this.#runner.api.claim(request, this.#draining.signal);
  }
}

function runnerOf(options: WorkerOptions): JobRunner {
  const { transport, effects = REAL_EFFECTS, onError = () => {}, say = () => {} } = options;
  return {
    ...{ effects, onError, run: options.run ?? runChild },
    api: new ServerApi({ transport, effects, say }),
    cache: new BlobCache({
      directory: `${options.directory}/job-files`,
      maxBytes: options.maxCacheBytes ?? MAX_CACHE_BYTES,
    }),
    jobsFolder: `${options.directory}/jobs`,
    program: options.program ?? new URL("./job_process.ts", import.meta.url),
    threads: options.description.threads,
    ...{ library: options.library, heartbeatMs: options.heartbeatMs },
    otherEngine: options.otherEngine ?? null,
  };
}

/** Engines that compute here what they compute everywhere. */
class TestedEngines {
  readonly #test: (engine: BlobRef) => Promise<void>;
  readonly #testing = new Map<string, Promise<void>>();
  #newest: ClaimRequest["engine"] = null;

  constructor(test: (engine: BlobRef) => Promise<void>) {
    this.#test = test;
  }

  newest(): ClaimRequest["engine"] {
    return this.#newest;
  }

  has({ sha256 }: BlobRef): boolean {
    return this.#newest?.sha256 === sha256;
  }

  /** @throws {IntegrityError} when it does not. */
  async test(engine: BlobRef): Promise<void> {
    const { sha256 } = engine;
    const testing = this.#testing.get(sha256) ?? this.#test(engine);
    this.#testing.set(sha256, testing);
    await testing.finally(() => this.#testing.delete(sha256));
    this.#newest = { sha256, selfTestDigest: SELF_TEST_DIGEST };
  }
}
