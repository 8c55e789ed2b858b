// Reads the state of a server's parts when metrics are asked for.

import { sql } from "kysely";
import type { EventStreams } from "../http/event_streams.ts";
import { waitingJobs } from "../queue/store.ts";
import type { OpenDatabase } from "../storage/database.ts";
import type { Metrics } from "./metrics.ts";

/** Metrics are wanted most when the database does not answer. */
const PATIENCE_MS = 2000;

interface Watched extends Pick<OpenDatabase, "db" | "backend" | "connections"> {
  streams: EventStreams;
}

export function watchServices(
  metrics: Metrics,
  { db, streams, backend, connections }: Watched,
  engine: () => Promise<{ sha256: string }>,
): void {
  metrics.gauge("tinyproof_queue_jobs", "Jobs by state.", ["kind", "state"], async (set) => {
    for (const { kind, state, count } of await inTime(waitingJobs(db))) set(count, { kind, state });
  });
  metrics.gauge(
    "tinyproof_queue_oldest_seconds",
    "Age of the oldest job that waits.",
    ["kind"],
    async (set) => {
      for (const { kind, state, oldestSeconds } of await inTime(waitingJobs(db))) {
        if (state === "queued") set(oldestSeconds, { kind });
      }
    },
  );
  metrics.gauge("tinyproof_event_streams_open", "Event streams open.", [], (set) => {
    set(streams.size);
  });
  metrics.gauge("tinyproof_database_up", "Whether the database answers.", [], async (set) => {
    set(await inTime(sql`select 1`.execute(db)).then(() => 1, () => 0));
  });
  metrics.gauge("tinyproof_database_connections", "By state.", ["state"], (set) => {
    for (const [state, count] of Object.entries(connections())) set(count, { state });
  });
  metrics.gauge(
    "tinyproof_build_info",
    "Always 1.",
    ["engine", "deno", "database"],
    async (set) => {
      const { sha256 } = await engine().catch(() => ({ sha256: "none" }));
      set(1, { engine: sha256, deno: Deno.version.deno, database: backend });
    },
  );
}

/** Memory and files of this process, under the names that dashboards know. */
export function watchProcess(metrics: Metrics): void {
  const startSeconds = (Date.now() - performance.now()) / 1000;
  metrics.gauge("process_start_time_seconds", "Since the epoch.", [], (set) => set(startSeconds));
  metrics.gauge("process_resident_memory_bytes", "Resident memory.", [], (set) => {
    set(Deno.memoryUsage().rss);
  });
  metrics.gauge("process_heap_bytes", "Heap of JavaScript in use.", [], (set) => {
    set(Deno.memoryUsage().heapUsed);
  });
  metrics.gauge("process_external_memory_bytes", "Memory of buffers.", [], (set) => {
    set(Deno.memoryUsage().external);
  });
  metrics.gauge("process_open_fds", "Open files and connections.", [], async (set) => {
    let count = 0;
    for await (const _ of Deno.readDir("/proc/self/fd")) count++;
    set(count);
  });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer in time")), PATIENCE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
