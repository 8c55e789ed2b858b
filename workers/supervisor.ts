// The worker that lives in the server, and what the server looks after from time to time.

import { CORPUS_UPLOADED } from "../lib/corpora/intake.ts";
import { tendJobs } from "../lib/jobs/tend.ts";
import { log } from "../lib/operating/log.ts";
import type { Services } from "../lib/services.ts";
import type { JobKind } from "../lib/storage/job_schema.ts";
import { NATIVE_LIBRARY } from "./native_kernels.ts";
import { findOtherEngine } from "./other_engine/other_engine.ts";
import { CorpusScans } from "./scan_corpora.ts";
import { inProcessTransport } from "./transport.ts";
import { describeWorker } from "./verifier.ts";
import { startWorker } from "./worker.ts";

export interface SupervisorSettings {
  /** The program of a job process. */
  program: URL;
  /** Tried for replays when the configuration says so. */
  nativeLibrary: string;
  /** How often to look for leases that ran out. */
  tendMs: number;
  /** How often leading entries are looked through, over all servers. */
  sweepMs: number;
  progressMs: number;
  onError: (error: unknown) => void;
}

export interface Supervisor {
  /** Kills the job processes and gives their jobs back to the queue. */
  stop(): Promise<void>;
}

function defaults(): SupervisorSettings {
  return {
    program: new URL("./job_process.ts", import.meta.url),
    nativeLibrary: NATIVE_LIBRARY,
    tendMs: 30_000,
    sweepMs: 10 * 60_000,
    progressMs: 500,
    onError: (error) => log.error("A job could not be run or settled", { error }),
  };
}

/** Works until stopped, at most `config.jobConcurrency` jobs of each kind at a time. */
export function startSupervisor(
  services: Services,
  options: Partial<SupervisorSettings> = {},
): Supervisor {
  const settings = { ...defaults(), ...options };
  const { sweepMs, tendMs, onError } = settings;
  const stopping = new AbortController();
  const scans = new CorpusScans(services, settings, stopping.signal);
  const worker = startOwnWorker(services, settings);
  let tending = Promise.resolve();
  const tend = () => {
    scans.wake();
    tending = tending.then(() => tendJobs(services, sweepMs)).catch(onError);
  };
  const timer = setInterval(tend, tendMs);
  const unsubscribe = services.events.subscribe(CORPUS_UPLOADED, () => scans.wake());
  tend();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      unsubscribe();
      await worker.stop();
      await scans.idle();
      await tending;
    },
  };
}

/** The same worker as on other machines, with the server at hand instead of at an address. */
function startOwnWorker(services: Services, settings: SupervisorSettings) {
  const { jobConcurrency, jobThreads, nativeKernels, dataDir, secondEngine } = services.config;
  const library = nativeKernels ? settings.nativeLibrary : null;
  const slotsOf = (...kinds: JobKind[]) => Array.from({ length: jobConcurrency }, () => kinds);
  const worker = startWorker({
    transport: inProcessTransport(services),
    // Somebody waits for a set; replays are the board's own wish.
    slots: [...slotsOf("score"), ...slotsOf("generate", "verify")],
    description: describeWorker({ name: "this server", threads: jobThreads, library }),
    directory: dataDir,
    library,
    otherEngine: findOtherEngine(secondEngine),
    program: settings.program,
    heartbeatMs: settings.progressMs,
    testsEngine: false,
    onError: settings.onError,
  });
  worker.ended.catch(settings.onError);
  return worker;
}
