// Entry point of a job process. Its only argument is the job's folder, and it may touch nothing else.

import { runJobProcess } from "./job_frame.ts";
import { runGenerateJob } from "./jobs/generate_job.ts";
import { runScanJob } from "./jobs/scan_job.ts";
import { runScoreJob } from "./jobs/score_job.ts";
import { runSeedJob } from "./jobs/seed_job.ts";
import { runSelfTestJob } from "./jobs/self_test_job.ts";
import { runVerifyJob } from "./jobs/verify_job.ts";

await runJobProcess(
  Deno.args[0],
  async (context) => {
    switch (context.spec.kind) {
      case "score":
        return { kind: "score", ...await runScoreJob(context) };
      case "generate":
        return { kind: "generate", ...await runGenerateJob(context) };
      case "verify":
        return context.spec.seed === null
          ? { kind: "verify", ...await runVerifyJob(context) }
          : { kind: "fresh-seed", ...await runSeedJob(context) };
      case "scan":
        return { kind: "scan", report: await runScanJob(context) };
      case "self-test":
        return { kind: "self-test", ...await runSelfTestJob(context) };
    }
  },
);
