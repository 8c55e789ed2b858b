// What is counted while the server runs, for Prometheus. Knows neither HTTP nor the database.

import { Gauge, Histogram, Registry } from "prom-client";
import { RequestTally } from "./request_tally.ts";

export type JobOutcome = "done" | "failed" | "retrying" | "handed-back";

const QUERY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const JOB_SECONDS = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 28_800];

export class Metrics {
  readonly registry = new Registry();
  readonly requests = new RequestTally();
  readonly #querySeconds = this.#histogram(
    "tinyproof_database_query_duration_seconds",
    "Statements of the server, without the wait for a connection.",
    ["outcome"],
    QUERY_SECONDS,
  );
  readonly #jobs = this.#histogram(
    "tinyproof_job_duration_seconds",
    "Attempts of jobs by how they ended.",
    ["kind", "outcome"],
    JOB_SECONDS,
  );

  constructor() {
    this.requests.registerIn(this.registry);
  }

  query(ms: number, ok: boolean): void {
    this.#querySeconds.observe({ outcome: ok ? "ok" : "error" }, ms / 1000);
  }

  job(kind: string, outcome: JobOutcome, ms: number): void {
    this.#jobs.observe({ kind, outcome }, ms / 1000);
  }

  /** A gauge read when somebody asks. A `read` that fails leaves it out of that answer. */
  gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: (set: (value: number, labels?: Record<string, string>) => void) => void | Promise<void>,
  ): void {
    new Gauge({
      ...{ name, help, labelNames },
      registers: [this.registry],
      async collect() {
        this.reset();
        // A gauge without labels shows 0 after a reset; one that cannot be read shows nothing.
        if (labelNames.length === 0) this.remove();
        await Promise.resolve(read((value, labels = {}) => this.set(labels, value)))
          .catch(() => {});
      },
    });
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  #histogram(name: string, help: string, labelNames: readonly string[], buckets: number[]) {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
