// Whether the server's engine computes on this machine what it computes everywhere.

import { SELF_TEST_DIGEST } from "../lib/engine/self_test.ts";
import { IntegrityError } from "../lib/errors.ts";
import type { BlobRef } from "../lib/jobs/protocol.ts";
import { openFolder, removeFolder, writeSpec } from "./job_folder.ts";
import { ENGINE_FILE } from "./job_protocol.ts";
import { fetchFile, type JobRunner } from "./run_job.ts";

const TIMEOUT_MS = 300_000;
const MEMORY_BYTES = 2 * 1024 ** 3;

/**
 * Fetches the engine by its SHA-256 and tests it in a process like those of jobs.
 * @throws {IntegrityError} when it computes other values: a worker with it is of no use.
 */
export async function testEngine(
  { api, cache, jobsFolder, program, threads, library, run }: JobRunner,
  engine: BlobRef,
  signal: AbortSignal,
): Promise<void> {
  const folder = `${jobsFolder}/self-test`;
  await openFolder(folder);
  try {
    await fetchFile({ api, cache }, engine, `${folder}/${ENGINE_FILE}`, { lease: null, signal });
    await writeSpec(folder, {
      ...{ kind: "self-test", jobId: "self-test", entryId: "", fileDigest: engine.sha256 },
      ...{ attempt: 1, confirm: false, flags: [], threads, native: library, twin: null },
      ...{ benchmarks: [], claimedScores: [] },
    });
    const outcome = await run({
      ...{ folder, program, library, signal, v8Flags: [], memoryBytes: MEMORY_BYTES },
      ...{ timeoutMs: TIMEOUT_MS, onMessage: () => {} },
    });
    if (outcome.ended === "aborted") signal.throwIfAborted();
    if (outcome.ended === "result" && outcome.result.kind === "self-test") {
      const { engineDigest, selfTestDigest } = outcome.result;
      if (engineDigest === engine.sha256 && selfTestDigest === SELF_TEST_DIGEST) return;
    }
    throw new IntegrityError("The server's engine fails its self-test on this machine", {
      expected: `self-test digest ${SELF_TEST_DIGEST}`,
      got: JSON.stringify(outcome).slice(0, 400),
      fix: "Bring the checkout to the server's commit; if it is there, report the processor.",
    });
  } finally {
    await removeFolder(folder);
  }
}
