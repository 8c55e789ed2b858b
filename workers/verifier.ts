// What a report says of the process that computed it.

import type { VerifierInfo } from "../lib/verification/types.ts";
import type { OpenedEngine } from "./open_engine.ts";

/** `flags` are those V8 runs with beyond its defaults. */
export function describeVerifier(
  { engine, selfTestDigest, native }: OpenedEngine,
  flags: string[],
): VerifierInfo {
  const { deno, v8 } = Deno.version;
  return {
    runtime: `Deno ${deno} (V8 ${v8.split(".").slice(0, 2).join(".")})`,
    engineFamily: "v8",
    flags,
    isa: Deno.build.arch,
    threads: engine.threads,
    selfTestDigest,
    ...(native === null ? {} : { native }),
  };
}
