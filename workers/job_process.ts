// Entry point of a job process. Its only argument is the job's folder, and it may touch nothing else.

import { runJobProcess } from "./job_frame.ts";
import { runScoreJob } from "./jobs/score_job.ts";
import { runVerifyJob } from "./jobs/verify_job.ts";

await runJobProcess(
  Deno.args[0],
  async (context) =>
    context.spec.kind === "score"
      ? { kind: "score", ...await runScoreJob(context) }
      : { kind: "verify", ...await runVerifyJob(context) },
);
