// What the programs for other engines have in common: the job's spec in, its result out.

import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import type { VerifierInfo } from "../../lib/verification/types.ts";
import {
  ENGINE_FILE,
  type JobMessage,
  jobSpecSchema,
  MODEL_FILE,
  type ProcessResult,
  SPEC_FILE,
} from "../job_protocol.ts";
import { replayJob } from "../jobs/replay.ts";

export interface Elsewhere {
  /** A file below the job's folder. */
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>;
  say: (message: JobMessage) => void;
  spawn: () => Worker;
  describe: (engine: Engine, selfTestDigest: string) => Promise<VerifierInfo>;
}

/** The replay that the spec asks for. @throws what is no word about the entry. */
export async function replayElsewhere(
  { read, say, spawn, describe }: Elsewhere,
): Promise<ProcessResult> {
  const startedAt = new Date().toISOString();
  const spec = jobSpecSchema.parse(JSON.parse(new TextDecoder().decode(await read(SPEC_FILE))));
  const engine = await instantiateEngine(await read(ENGINE_FILE), {
    threads: spec.threads,
    spawn,
  });
  const verifier = await describe(engine, await engine.selfTest());
  const result = await replayJob({
    ...{ spec, engine, verifier, read },
    model: await read(MODEL_FILE),
    progress: (stage, fraction, etaMs) => say({ type: "progress", stage, fraction, etaMs }),
  });
  engine.close();
  return { kind: "verify", result, startedAt, finishedAt: new Date().toISOString(), kept: [] };
}
