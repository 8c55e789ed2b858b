// Scans corpora nobody has looked through, one at a time, each in a process of its own.

import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { applyScan, loadKeptScans } from "../lib/corpora/apply.ts";
import { scanScope, scopeOf } from "../lib/corpora/contamination/report.ts";
import { CORPORA, type Corpus, uploadedCorpus, uploadFile } from "../lib/corpora/registry.ts";
import { corporaToScan, noteScanFailure, putScan, scansOf } from "../lib/corpora/store.ts";
import { IntegrityError } from "../lib/errors.ts";
import type { Services } from "../lib/services.ts";
import { sweep } from "../lib/verification/sweep.ts";
import { type ChildOutcome, runChild } from "./job_child.ts";
import { prepareFolder, removeFolder } from "./job_folder.ts";
import type { JobSpecInput } from "./job_protocol.ts";

const TIMEOUT_MS = 600_000;
/** Scans of a registered corpus that may fail while this server runs. */
const REGISTERED_ATTEMPTS = 2;

export interface ScanSettings {
  /** The program of a job process. */
  program: URL;
  onError: (error: unknown) => void;
}

type Waiting = Pick<Corpus, "sha256" | "byteLength" | "trainRange"> & {
  /** Below data/; null for an uploaded corpus. */
  file: string | null;
};

const SCOPE = scanScope(
  BENCHMARKS.filter((benchmark: Benchmark) => benchmark.evaluationTexts)
    .map(({ id, version, dataDigest }) => ({ benchmark: id, version, dataDigest })),
);

/** Brings reports up to date whenever it is woken. A scan done twice gives the same report. */
export class CorpusScans {
  readonly #services: Services;
  readonly #settings: ScanSettings;
  readonly #stopping: AbortSignal;
  readonly #failures = new Map<string, number>();
  #running: Promise<void> | null = null;
  #asked = false;

  constructor(services: Services, settings: ScanSettings, stopping: AbortSignal) {
    this.#services = services;
    this.#settings = settings;
    this.#stopping = stopping;
  }

  wake(): void {
    this.#asked = true;
    this.#running ??= this.#run().catch(this.#settings.onError).finally(() => {
      this.#running = null;
    });
  }

  /** Once everything is scanned, or stopped. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await loadKeptScans(this.#services, this.#services.jobs.dataRoot);
    while (this.#asked && !this.#stopping.aborted) {
      this.#asked = false;
      for (const corpus of await this.#waiting()) {
        if (this.#stopping.aborted) return;
        await this.#scan(corpus);
      }
    }
  }

  /** Uploaded ones first: somebody waits for them. */
  async #waiting(): Promise<Waiting[]> {
    const { db } = this.#services;
    const uploaded = (await corporaToScan(db, SCOPE)).map(({ sha256, byte_length }) => ({
      ...uploadedCorpus(sha256, byte_length),
      file: null,
    }));
    const reports = await scansOf(db, CORPORA.map(({ sha256 }) => sha256));
    const registered = CORPORA.filter(({ sha256 }) => {
      const report = reports.get(sha256);
      return (this.#failures.get(sha256) ?? 0) < REGISTERED_ATTEMPTS &&
        (report === undefined || scopeOf(report) !== SCOPE);
    });
    return [...uploaded, ...registered];
  }

  async #scan(corpus: Waiting): Promise<void> {
    const { db, events, config, now } = this.#services;
    const { sha256 } = corpus;
    await Deno.mkdir(`${config.dataDir}/jobs`, { recursive: true });
    const folder = `${await Deno.realPath(`${config.dataDir}/jobs`)}/scan-${sha256}`;
    const outcome = await this.#runProcess(corpus, folder).finally(() => removeFolder(folder));
    if (outcome.ended === "aborted") return;
    if (outcome.ended === "result" && outcome.result.kind === "scan") {
      const { report } = outcome.result;
      const revived = await db.transaction().execute((trx) =>
        // A registered corpus and its report belong to this tree: nothing happened to record.
        corpus.file ? putScan(trx, report).then(() => []) : applyScan(trx, report, now())
      );
      for (const id of revived) events.publish(id);
      // Entries that waited for this corpus have a rank now, and may be proven.
      if (!corpus.file) await sweep(this.#services);
      return;
    }
    const reason = failureText(outcome);
    this.#failures.set(sha256, (this.#failures.get(sha256) ?? 0) + 1);
    if (!corpus.file) await noteScanFailure(db, sha256, reason);
    this.#asked = true;
    this.#settings.onError(new IntegrityError(`Corpus ${sha256} could not be scanned: ${reason}`));
  }

  async #pathOf({ file, sha256 }: Waiting): Promise<string> {
    return file
      ? `${this.#services.jobs.dataRoot}/${file}`
      : await this.#services.blobs.localPath(sha256);
  }

  async #runProcess(corpus: Waiting, folder: string): Promise<ChildOutcome> {
    const { sha256, byteLength, trainRange } = corpus;
    const spec: JobSpecInput = {
      kind: "scan",
      ...{ jobId: `scan-${sha256}`, entryId: sha256, fileDigest: sha256 },
      ...{
        attempt: 1,
        confirm: false,
        flags: [],
        threads: 1,
        native: null,
        twin: null,
        benchmarks: [],
        claimedScores: [],
      },
      corpus: { sha256, byteLength, trainRange: [...trainRange] },
    };
    await prepareFolder(folder, {
      spec,
      uploads: [{ path: await this.#pathOf(corpus), file: uploadFile(sha256) }],
      dataRoot: this.#services.jobs.dataRoot,
      dataFiles: BENCHMARKS.flatMap(({ dataFile }: Benchmark) => dataFile ?? []),
    });
    return await runChild({
      folder,
      program: this.#settings.program,
      ...{ v8Flags: [], library: null },
      memoryBytes: this.#services.config.jobMemoryBytes,
      timeoutMs: TIMEOUT_MS,
      onMessage: () => {},
      signal: this.#stopping,
    });
  }
}

function failureText(outcome: ChildOutcome): string {
  if (outcome.ended === "error") return outcome.error.reason;
  return outcome.ended === "killed" ? outcome.reason : "The scan took longer than it may";
}
