// A small program that keeps the protocol of job processes. The "model" says what to do.

import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import { FormatError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { runScanJob } from "../../workers/jobs/scan_job.ts";
import { runJobProcess } from "../../workers/job_frame.ts";
import {
  ENGINE_FILE,
  type JobContext,
  MODEL_FILE,
  type ProcessResult,
} from "../../workers/job_protocol.ts";

const DIGEST = "a".repeat(64);

await runJobProcess(Deno.args[0], async (context) => {
  if (context.spec.kind === "self-test") {
    const engine = await engineDigest(context);
    return { kind: "self-test", engineDigest: engine, selfTestDigest: SELF_TEST_DIGEST };
  }
  if (context.spec.kind === "scan") return { kind: "scan", report: await runScanJob(context) };
  const plan = JSON.parse(await Deno.readTextFile(`${context.folder}/${MODEL_FILE}`));
  context.progress("working", 0.25, 4000);
  const asked = context.spec.benchmarks.map(({ id, version }) => `${id}@${version}`);
  if (asked.length > 0) context.log(`asked for ${asked.join(" ")}`);
  if (plan.does === "crash") Deno.exit(3);
  if (plan.does === "hang") await hang(context);
  if (plan.does === "refuse") {
    throw new FormatError("Expected weights", { offset: 12, fix: "Save it again." });
  }
  if (plan.does === "checkpoint") await checkpoint(context);
  return context.spec.kind === "score"
    ? score(context, plan.does)
    : await verification(context, plan.verdict);
});

/** Says its process id, then waits to be killed. */
async function hang(context: JobContext): Promise<void> {
  context.log(`pid ${Deno.pid}`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** The first attempt leaves a file and hangs; the next one finds the file and goes on. */
async function checkpoint(context: JobContext): Promise<void> {
  const file = `${context.folder}/checkpoint`;
  if (context.spec.attempt === 1) {
    await Deno.writeTextFile(file, "step 7");
    await hang(context);
  }
  context.log(`resumed from ${await Deno.readTextFile(file)}`);
}

async function permissions(): Promise<string> {
  const names = ["net", "env", "run", "ffi", "sys", "read", "write", "import"] as const;
  const states = names.map(async (name) => {
    const { state } = await Deno.permissions.query({ name } as Deno.PermissionDescriptor);
    return `${name}=${state}`;
  });
  return (await Promise.all(states)).join(" ");
}

/** What stands for the engine in these tests. */
async function engineDigest({ folder }: JobContext): Promise<string> {
  return await sha256Hex(await Deno.readFile(`${folder}/${ENGINE_FILE}`));
}

async function score(context: JobContext, name: string): Promise<ProcessResult> {
  const { twin, benchmarks } = context.spec;
  const samples = [{ prompt: "permissions", text: await permissions() }];
  return {
    kind: "score",
    engineDigest: await engineDigest(context),
    probes: [],
    twins: twin && {
      period: twin.period,
      outcomes: benchmarks.filter(({ id }) => id === "sort-6")
        .map(({ id, version }) => ({ benchmark: id, version, correct: 1, trials: 1 })),
    },
    facts: {
      modelDigest: DIGEST,
      parameters: 1000,
      trainingFlops: 1e12,
      trainingTokens: 1e6,
      selfReportedMs: null,
      recipeHash: DIGEST,
      recipe: name === "external" ? null : { spec: "exact/1" },
      chain: null,
      config: { layers: 1 },
      dtype: "fp32",
      lossHistory: [{ step: 1, loss: 5.5 }],
      samples,
    },
    scores: benchmarks.map(({ id, version }) => ({
      ...{ benchmark: id, version },
      score: 99.5,
      interval: [97, 100],
      secondary: [],
      incompatibleReason: null,
      examples: [{ index: 0, prompt: "p", expected: "e", output: "o\0", value: 1, weight: 1 }],
      dataDigest: DIGEST,
      wallMs: 12,
    })),
  };
}

/** Verdict "native-mismatch" is a difference that native kernels alone find. */
async function verification(context: JobContext, plan = "exact"): Promise<ProcessResult> {
  const { spec } = context;
  const [verdict, native] = plan === "native-mismatch"
    ? [spec.native === null ? "exact" : "mismatch", spec.native]
    : [plan, null];
  return {
    kind: "verify",
    startedAt: new Date(0).toISOString(),
    // Another one for each job: reports are told apart by what they say.
    finishedAt: new Date().toISOString(),
    kept: [],
    result: {
      verdict: verdict as "exact" | "mismatch",
      recipeHash: DIGEST,
      engineDigest: await engineDigest(context),
      firstDivergentStep: verdict === "mismatch" ? 20 : null,
      reasons: [],
      leavesCompared: 3,
      claimedHead: DIGEST,
      recomputedHead: DIGEST,
      weightDifference: null,
      losses: [],
      segment: spec.segment,
      trainedDigest: null,
      scores: spec.claimedScores.map(({ benchmark, version, score }) => ({
        ...{ benchmark, version, claimed: score, recomputed: score },
        equal: true,
      })),
      verifiers: [{
        runtime: `Deno ${Deno.version.deno} (V8 ${Deno.version.v8})`,
        engineFamily: "v8",
        flags: spec.flags,
        isa: Deno.build.arch,
        threads: 1,
        selfTestDigest: DIGEST,
        ...(native === null ? {} : { native }),
      }],
      cost: { flops: 1, wallMs: 1 },
    },
  };
}
