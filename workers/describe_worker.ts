// What a worker says of itself.

import type { WorkerDescription } from "../lib/storage/schema.ts";

export function describeWorker(
  { name, threads, library }: { name: string; threads: number; library: string | null },
): WorkerDescription {
  const { deno, v8 } = Deno.version;
  return {
    name: name.slice(0, 80) || "unnamed",
    runtime: `Deno ${deno} (V8 ${v8.split(".").slice(0, 2).join(".")})`,
    isa: Deno.build.arch,
    threads,
    native: library === null ? null : "wanted",
  };
}
