// Body of an engine's test: what this machine computes with it, before anything that counts.

import type { JobContext } from "../job_protocol.ts";
import { openJobEngine } from "./host.ts";

/** @throws {IntegrityError} when the engine computes other values here than everywhere else. */
export async function runSelfTestJob(
  context: JobContext,
): Promise<{ engineDigest: string; selfTestDigest: string }> {
  context.progress("testing the engine", 0);
  const { engine, selfTestDigest } = await openJobEngine(context);
  const { digest } = engine;
  engine.close();
  return { engineDigest: digest, selfTestDigest };
}
