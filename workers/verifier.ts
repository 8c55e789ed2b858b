// What a worker says of itself, and a report of the process that computed it.

import type { WorkerDescription } from "../lib/storage/job_schema.ts";
import type { VerifierInfo } from "../lib/verification/types.ts";
import type { OpenedEngine } from "./open_engine.ts";

/** Such as "Deno 2.9.6 (V8 15.0)". */
function runtime(): string {
  const { deno, v8 } = Deno.version;
  return `Deno ${deno} (V8 ${v8.split(".").slice(0, 2).join(".")})`;
}

export function describeWorker(
  { name, threads, library }: { name: string; threads: number; library: string | null },
): WorkerDescription {
  return {
    name: name.slice(0, 80) || "unnamed",
    runtime: runtime(),
    isa: Deno.build.arch,
    threads,
    native: library === null ? null : "wanted",
  };
}

/** `flags` are those V8 runs with beyond its defaults. */
export function describeVerifier(
  { engine, selfTestDigest, native }: OpenedEngine,
  flags: string[],
): VerifierInfo {
  return {
    runtime: runtime(),
    engineFamily: "v8",
    flags,
    isa: Deno.build.arch,
    threads: engine.threads,
    selfTestDigest,
    ...(native === null ? {} : { native }),
  };
}
