// What every job process does around its job: reads job.json, reports, leaves one file behind.

import { IntegrityError, TinyproofError } from "../lib/errors.ts";
import {
  ERROR_FILE,
  type JobContext,
  type JobError,
  type JobMessage,
  jobSpecSchema,
  type ProcessResult,
  RESULT_FILE,
  SPEC_FILE,
} from "./job_protocol.ts";

/** Characters of an error. */
const MOST_WORDS = 2000;

/** Runs one job to its result or error file, and ends the process. */
export async function runJobProcess(
  folder: string,
  run: (context: JobContext) => Promise<ProcessResult>,
): Promise<never> {
  exitWithWorker();
  let stage = "starting";
  try {
    const spec = jobSpecSchema.parse(JSON.parse(await Deno.readTextFile(`${folder}/${SPEC_FILE}`)));
    const result = await run({
      spec,
      folder,
      progress(next, fraction, etaMs) {
        stage = next;
        send({ type: "progress", stage, fraction, etaMs });
      },
      text: (text) => send({ type: "text", text }),
      log: (line) => send({ type: "log", line: line.slice(0, 2000) }),
    });
    await writeWhole(`${folder}/${RESULT_FILE}`, result);
  } catch (error) {
    await writeWhole(`${folder}/${ERROR_FILE}`, describeError(stage, error));
  }
  Deno.exit(0);
}

function send(message: JobMessage): void {
  console.log(JSON.stringify(message));
}

/** A reader sees the whole file or none, even if this process is killed while writing. */
async function writeWhole(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(`${path}.partial`, JSON.stringify(value));
  await Deno.rename(`${path}.partial`, path);
}

/** What is wrong with the file stays wrong; anything else may go better the next time. */
function describeError(stage: string, error: unknown): JobError {
  if (error instanceof TinyproofError) {
    return {
      stage,
      reason: error.message.slice(0, MOST_WORDS),
      fix: error.problem.fix ?? "Correct the file and submit it again.",
      retryable: error instanceof IntegrityError,
    };
  }
  return {
    stage,
    reason: (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
      .slice(0, MOST_WORDS),
    fix: "This is a fault of the board, not of the file. Submit the file again later.",
    retryable: true,
  };
}

/** The worker holds our stdin open; when the worker goes, so do we. */
async function exitWithWorker(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
  Deno.exit(1);
}
