// What a replay hands back, checked before anything of it is stored.

import { z } from "zod";
import { MAX_LOSS_POINTS, VERDICTS, type VerificationResult } from "./types.ts";

const count = z.int().min(0);

const verifierSchema = z.object({
  runtime: z.string(),
  engineFamily: z.enum(["v8", "spidermonkey", "javascriptcore"]),
  flags: z.array(z.string()),
  isa: z.string(),
  threads: count,
  selfTestDigest: z.string(),
  native: z.string().optional(),
});

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
  leafDifference: z.object({
    leaf: count,
    claimed: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
    recomputed: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  }).optional(),
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
  verifiers: z.array(verifierSchema),
  cost: z.object({ flops: z.number(), wallMs: z.number() }),
}) satisfies z.ZodType<VerificationResult>;

/** Of the job of a fresh seed. */
export const seedJobResultSchema = z.object({
  seed: count,
  engineDigest: z.string(),
  /** Step at which the run stopped being finite; then there is nothing more. */
  divergedAt: count.nullable(),
  trainedDigest: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  finalLoss: z.number().nullable(),
  scores: z.array(z.object({
    benchmark: z.string(),
    version: count,
    claimed: z.number(),
    recomputed: z.number(),
  })),
  verifier: verifierSchema,
  cost: z.object({ flops: z.number(), wallMs: z.number() }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
export type SeedJobResult = z.output<typeof seedJobResultSchema>;

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
