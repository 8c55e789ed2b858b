// Counts requests in plain numbers, and shows them to prom-client when somebody asks: its own
// counters cost a request more time than the rest of what is counted about it.

import type { Metric, Registry } from "prom-client";

/** Upper bounds, in seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

interface Value {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}

class Durations {
  /** One for each bound, and what is above all of them. */
  readonly counts = new Float64Array(BOUNDS.length + 1);
  seconds = 0;

  add(seconds: number): void {
    let i = 0;
    while (i < BOUNDS.length && seconds > BOUNDS[i]) i++;
    this.counts[i]++;
    this.seconds += seconds;
  }

  values(name: string, route: string): Value[] {
    let below = 0;
    const buckets = [...BOUNDS, "+Inf"].map((le, i) => {
      below += this.counts[i];
      return { metricName: `${name}_bucket`, labels: { le, route }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { route }, value: this.seconds },
      { metricName: `${name}_count`, labels: { route }, value: below },
    ];
  }
}

export class RequestTally {
  /** By method, route and status, in that order and with a space between. */
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Durations>();
  readonly #cached = new Map<string, number>();

  /** @param route its pattern, so that there are few: never an address. */
  add(method: string, route: string, status: number, ms: number): void {
    const key = `${method} ${status} ${route}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    let durations = this.#durations.get(route);
    if (durations === undefined) this.#durations.set(route, durations = new Durations());
    durations.add(ms / 1000);
  }

  /** @param outcome how a request met the cache of pages. */
  cache(outcome: string): void {
    this.#cached.set(outcome, (this.#cached.get(outcome) ?? 0) + 1);
  }

  registerIn(registry: Registry): void {
    register(registry, "tinyproof_http_requests_total", {
      type: "counter",
      help: "Requests answered, by pattern of the route.",
      values: () => this.#counted(),
    });
    register(registry, "tinyproof_page_cache_requests_total", {
      type: "counter",
      help: "Requests by how they met the cache of pages.",
      values: () => [...this.#cached].map(([outcome, value]) => ({ labels: { outcome }, value })),
    });
    const name = "tinyproof_http_request_duration_seconds";
    register(registry, name, {
      type: "histogram",
      help: "From the head of a request to the head of its answer.",
      values: () => [...this.#durations].flatMap(([route, one]) => one.values(name, route)),
    });
  }

  #counted(): Value[] {
    return [...this.#requests].map(([key, value]) => {
      const [method, status, ...route] = key.split(" ");
      return { value, labels: { method, route: route.join(" "), status } };
    });
  }
}

function register(
  registry: Registry,
  name: string,
  { type, help, values }: { type: string; help: string; values: () => Value[] },
): void {
  // What a registry asks of a metric (prom-client, lib/registry.js): its name, and `get` for the rest.
  const metric = {
    name,
    get: () => Promise.resolve({ name, help, type, values: values(), aggregator: "sum" }),
    reset: () => {},
  };
  registry.registerMetric(metric as unknown as Metric);
}
