// A worker's side of the protocol for tests: claims, and results such as a job would hand back.

import { sql } from "kysely";
import type { Services } from "../../lib/services.ts";
import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import { claimJob } from "../../lib/jobs/claim.ts";
import { engineBlob } from "../../lib/jobs/files.ts";
import { programDigest } from "../../lib/jobs/program.ts";
import type { AssignedJob, ClaimRequest, JobResult } from "../../lib/jobs/protocol.ts";
import type { JobKind } from "../../lib/storage/job_schema.ts";
import type { VerifyJobResult } from "../../lib/verification/result_schema.ts";

const DATA = new URL("../../data", import.meta.url).pathname;
const DIGEST = "a".repeat(64);

/** Settings under which any file stands for engine and data. */
export const TEST_JOBS = {
  enginePath: `${DATA}/README.md`,
  dataRoot: DATA,
  dataFiles: { score: ["README.md"], generate: [], verify: [] },
  pollMs: 60_000,
  onError: () => {},
};

export async function claimRequest(
  services: Services,
  changes: Partial<ClaimRequest> = {},
): Promise<ClaimRequest> {
  const { sha256 } = await engineBlob(services);
  return {
    protocol: 1,
    program: await programDigest(),
    engine: { sha256, selfTestDigest: SELF_TEST_DIGEST },
    worker: { name: "test", runtime: "Deno", isa: "x86_64", threads: 1, native: null },
    kinds: ["score", "verify"],
    waitMs: 0,
    ...changes,
  };
}

/** The next job for `holder`, who is there to take it; null when none is due. */
export async function take(
  services: Services,
  holder: string,
  kinds: JobKind[] = ["score", "verify"],
): Promise<AssignedJob | null> {
  const request = await claimRequest(services, { kinds });
  return (await claimJob(services, holder, request, { gone: () => false })).job;
}

/** Ends the back-off of jobs that are to be tried again. */
export async function dueNow({ db }: Services): Promise<void> {
  await sql`update pgboss.job set start_after = now() where state = 'retry'`.execute(db);
}

/** What a job that went well hands back. */
export async function resultOf(
  services: Services,
  { kind, benchmarks, twin, generation }:
    & Pick<AssignedJob, "kind" | "benchmarks" | "twin">
    & Partial<Pick<AssignedJob, "generation">>,
): Promise<JobResult> {
  const { sha256: engineDigest } = await engineBlob(services);
  if (kind === "verify") return { kind, ...verification(engineDigest) };
  if (kind === "generate") {
    const prompts = generation?.prompts ?? [];
    const completions = prompts.map(({ id, text }) => ({ promptId: id, text: `after ${text}` }));
    return { kind, engineDigest, parameters: 1000, completions };
  }
  return {
    kind,
    engineDigest,
    probes: [],
    twins: twin && { period: twin.period, outcomes: [] },
    facts: {
      modelDigest: DIGEST,
      ...{ parameters: 1000, trainingFlops: 1e12, trainingTokens: 1e6, selfReportedMs: null },
      ...{ recipeHash: DIGEST, recipe: { spec: "exact/1" }, chain: null, config: null },
      ...{ dtype: "fp32", lossHistory: null, samples: [] },
    },
    scores: benchmarks.map(({ id, version }) => ({
      ...{ benchmark: id, version, score: 50, interval: [40, 60], secondary: [] },
      ...{ incompatibleReason: null, examples: [], dataDigest: DIGEST, wallMs: 1 },
    })),
  };
}

function verification(engineDigest: string): VerifyJobResult {
  const [startedAt, finishedAt] = [new Date(0).toISOString(), new Date().toISOString()];
  const result: VerifyJobResult["result"] = {
    verdict: "exact",
    engineDigest,
    ...{ recipeHash: DIGEST, firstDivergentStep: null, reasons: [], leavesCompared: 3, losses: [] },
    segment: null,
    ...{ claimedHead: DIGEST, recomputedHead: DIGEST, weightDifference: null },
    ...{ trainedDigest: null, scores: [], cost: { flops: 1, wallMs: 1 } },
    verifiers: [{
      ...{ runtime: "Deno", engineFamily: "v8", flags: [], isa: "x86_64", threads: 1 },
      selfTestDigest: SELF_TEST_DIGEST,
    }],
  };
  return { result, startedAt, finishedAt, kept: [] };
}
