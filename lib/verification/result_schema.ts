// What a replay hands back, checked before anything of it is stored.

import { z } from "zod";
import { MAX_LOSS_POINTS, VERDICTS, type VerificationResult } from "./types.ts";

const count = z.int().min(0);

export const verificationResultSchema = z.object({
  verdict: z.enum(VERDICTS),
  recipeHash: z.string().nullable(),
  engineDigest: z.string(),
  firstDivergentStep: count.nullable(),
  reasons: z.array(z.string()),
  leavesCompared: count,
  claimedHead: z.string().nullable(),
  recomputedHead: z.string().nullable(),
  weightDifference: z.object({
    tensor: z.string(),
    index: count,
    claimed: z.number(),
    recomputed: z.number(),
    differing: count,
    tensors: z.array(z.object({
      tensor: z.string().max(200),
      differing: count,
      largest: z.number().min(0),
    })).max(10_000),
  }).nullable(),
  segment: z.object({ from: count, to: count }).nullable(),
  losses: z.array(z.object({ step: count, loss: z.number() })).max(MAX_LOSS_POINTS),
  trainedDigest: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  scores: z.array(z.object({
    benchmark: z.string(),
    version: count,
    claimed: z.number(),
    recomputed: z.number(),
    equal: z.boolean(),
  })),
  verifiers: z.array(z.object({
    runtime: z.string(),
    engineFamily: z.enum(["v8", "spidermonkey", "javascriptcore"]),
    flags: z.array(z.string()),
    isa: z.string(),
    threads: count,
    selfTestDigest: z.string(),
    native: z.string().optional(),
  })),
  cost: z.object({ flops: z.number(), wallMs: z.number() }),
}) satisfies z.ZodType<VerificationResult>;

const stateRef = z.object({
  leaf: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  byteLength: count,
});
/** A checkpoint that a replay kept, as a file. */
export type StateRef = z.output<typeof stateRef>;

/** The statement about it is made by whoever stores it: what is signed is the server's own. */
export const verifyJobResultSchema = z.object({
  result: verificationResultSchema,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** States it kept, handed over before this. */
  kept: z.array(stateRef).max(64).default([]),
});
export type VerifyJobResult = z.output<typeof verifyJobResultSchema>;
