// What the programs for other engines have in common: the job's spec in, its checkpoints and its
// result out.

import { openTested } from "../../lib/engine/instantiate.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { openReplayEngine } from "../../lib/verification/replay_engine.ts";
import type { VerifierInfo } from "../../lib/verification/types.ts";
import {
  ENGINE_FILE,
  type JobMessage,
  jobSpecSchema,
  MODEL_FILE,
  NAMED_ENGINE_FILE,
  type ProcessResult,
  SPEC_FILE,
} from "../job_protocol.ts";
import { CHECKPOINT_FILE, checkpointBytes, usableCheckpoint } from "../jobs/checkpoints.ts";
import { replayJob } from "../jobs/replay.ts";

export interface Elsewhere {
  /** A file below the job's folder. */
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>;
  /** Writes the checkpoint there: the file is whole or what it was. */
  save: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  say: (message: JobMessage) => void;
  spawn: () => Worker;
  describe: (engine: Engine, selfTestDigest: string) => Promise<VerifierInfo>;
}

/** The replay that the spec asks for. @throws what is no word about the entry. */
export async function replayElsewhere(
  { read, save, say, spawn, describe }: Elsewhere,
): Promise<ProcessResult> {
  const startedAt = new Date().toISOString();
  const spec = jobSpecSchema.parse(JSON.parse(new TextDecoder().decode(await read(SPEC_FILE))));
  const { namedEngine, threads } = spec;
  const open = async (path: string) => await openTested(await read(path), { threads, spawn });
  const { opened: { engine, selfTestDigest }, instead } = await openReplayEngine(
    namedEngine === null ? null : () => open(NAMED_ENGINE_FILE),
    () => open(ENGINE_FILE),
  );
  const verifier = await describe(engine, selfTestDigest);
  const result = await replayJob({
    ...{ spec, engine, instead, verifier, read },
    model: await read(MODEL_FILE),
    async saved(recipe) {
      const bytes = await read(CHECKPOINT_FILE).catch(() => null);
      return bytes === null
        ? undefined
        : await usableCheckpoint(bytes, recipe, (line) => say({ type: "log", line }));
    },
    save: async (recipe, checkpoint) => await save(await checkpointBytes(recipe, checkpoint)),
    progress: (stage, fraction, etaMs) => say({ type: "progress", stage, fraction, etaMs }),
  });
  engine.close();
  return { kind: "verify", result, startedAt, finishedAt: new Date().toISOString(), kept: [] };
}
