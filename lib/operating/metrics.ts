// What is counted while the server runs, for Prometheus. Knows neither HTTP nor the database.

import { Counter, Gauge, Histogram, Registry } from "prom-client";

export type JobOutcome = "done" | "failed" | "retrying" | "handed-back";

const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const QUERY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const JOB_SECONDS = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 28_800];

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = this.#counter(
    "tinyproof_http_requests_total",
    "Requests answered, by pattern of the route.",
    ["method", "route", "status"],
  );
  readonly #requestSeconds = this.#histogram(
    "tinyproof_http_request_duration_seconds",
    "From the first byte of a request to the head of its answer.",
    ["route"],
    REQUEST_SECONDS,
  );
  readonly #cache = this.#counter(
    "tinyproof_page_cache_requests_total",
    "Requests by how they met the cache of pages.",
    ["outcome"],
  );
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

  /** @param route its pattern, so that there are few: never an address. */
  request(method: string, route: string, status: number, ms: number): void {
    this.#requests.inc({ method, route, status });
    this.#requestSeconds.observe({ route }, ms / 1000);
  }

  cache(outcome: string): void {
    this.#cache.inc({ outcome });
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

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, labelNames: readonly string[], buckets: number[]) {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
