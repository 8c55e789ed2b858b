// Takes jobs from the queue and runs each in a process of its own.

import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { CORPUS_UPLOADED } from "../lib/corpora/intake.ts";
import { CORPORA } from "../lib/corpora/registry.ts";
import type { Services } from "../lib/services.ts";
import type { JobKind } from "../lib/storage/schema.ts";
import { forgetAddresses } from "../lib/submissions/senders.ts";
import { removeExpiredUploads } from "../lib/submissions/uploads.ts";
import { sweepTwins } from "../lib/twins/sweep.ts";
import { sweep } from "../lib/verification/sweep.ts";
import { NATIVE_LIBRARY } from "./native_kernels.ts";
import { CorpusScans } from "./scan_corpora.ts";
import { failAbandoned, runClaim } from "./run_claim.ts";

export interface SupervisorSettings {
  /** The program of a job process. */
  program: URL;
  enginePath: string;
  /** Tried for replays when the configuration says so. */
  nativeLibrary: string;
  /** The repository's data/. */
  dataRoot: string;
  /** Paths below `dataRoot` that a job of each kind is given. */
  dataFiles: Record<JobKind, readonly string[]>;
  timeoutMs: Record<JobKind, number>;
  /** How often to look for jobs that nobody here announced: retries and other servers' jobs. */
  pollMs: number;
  sweepMs: number;
  progressMs: number;
  onError: (error: unknown) => void;
}

export interface Supervisor {
  /** Kills the job processes and gives their jobs back to the queue. */
  stop(): Promise<void>;
}

const HOUR_MS = 3600_000;
const benchmarkFiles = BENCHMARKS.flatMap(({ dataFile }: Benchmark) => dataFile ?? []);

function defaults(): SupervisorSettings {
  return {
    program: new URL("./job_process.ts", import.meta.url),
    enginePath: new URL("../static/engine.wasm", import.meta.url).pathname,
    nativeLibrary: NATIVE_LIBRARY,
    dataRoot: new URL("../data", import.meta.url).pathname,
    dataFiles: {
      score: benchmarkFiles,
      verify: [...benchmarkFiles, ...CORPORA.map((corpus) => corpus.file)],
    },
    timeoutMs: { score: HOUR_MS, verify: 8 * HOUR_MS },
    pollMs: 1000,
    sweepMs: 10 * 60_000,
    progressMs: 500,
    onError: (error) => console.error(error),
  };
}

/** Works until stopped, at most `config.jobConcurrency` jobs of each kind at a time. */
export function startSupervisor(
  services: Services,
  options: Partial<SupervisorSettings> = {},
): Supervisor {
  const settings = { ...defaults(), ...options };
  const stopping = new AbortController();
  const active: Record<JobKind, Set<Promise<void>>> = { score: new Set(), verify: new Set() };
  const scans = new CorpusScans(services, settings, stopping.signal);
  let filling: Promise<void> | null = null;
  let asked = false;

  async function fill(kind: JobKind): Promise<void> {
    while (!stopping.signal.aborted && active[kind].size < services.config.jobConcurrency) {
      const claim = await services.queue.claim(kind);
      if (claim === null) return;
      const work = runClaim(services, settings, claim, stopping.signal)
        .then(async () => void (kind === "score" && await sweep(services)))
        .catch(settings.onError)
        .finally(() => {
          active[kind].delete(work);
          wake();
        });
      active[kind].add(work);
    }
  }

  /** Claims run one after another; what is asked for meanwhile is looked at afterwards. */
  function wake(): void {
    if (stopping.signal.aborted) return;
    asked = true;
    filling ??= (async () => {
      while (asked) {
        asked = false;
        await fill("score").catch(settings.onError);
        await fill("verify").catch(settings.onError);
      }
    })().finally(() => filling = null);
  }

  async function tend(): Promise<void> {
    scans.wake();
    await failAbandoned(services);
    await sweep(services);
    await sweepTwins(services);
    await removeExpiredUploads(services);
    await forgetAddresses(services.db);
  }

  let tending = Promise.resolve();
  const sweepNow = () => void (tending = tending.then(tend).catch(settings.onError));
  const timers = [setInterval(wake, settings.pollMs), setInterval(sweepNow, settings.sweepMs)];
  const unsubscribe = services.queue.onEnqueued(wake);
  const unsubscribeUploads = services.events.subscribe(CORPUS_UPLOADED, () => scans.wake());
  sweepNow();
  wake();

  return {
    async stop() {
      stopping.abort();
      timers.forEach(clearInterval);
      unsubscribe();
      unsubscribeUploads();
      await filling;
      await scans.idle();
      await Promise.all([...active.score, ...active.verify, tending]);
    },
  };
}
