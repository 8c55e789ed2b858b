// A visitor who replays: a key of their own, and statements as a tab writes and signs them.

import { toBase64, toHex, utf8 } from "../../lib/bytes.ts";
import { canonicalJson } from "../../lib/verification/canonical.ts";
import { chainHead, leafOfDigests, leafSteps } from "../../lib/verification/chain.ts";
import { buildConfirmation } from "../../lib/verification/confirmation.ts";
import type { Confirmation } from "../../lib/verification/confirmation_schema.ts";
import { trainingTokens } from "../../lib/verification/cost.ts";
import {
  IN_TOTO_PAYLOAD,
  keyIdOf,
  signEnvelope,
  type SigningKey,
} from "../../lib/verification/dsse.ts";
import type { Opening } from "../../lib/verification/opening.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import type {
  Chain,
  Segment,
  VerificationResult,
  VerifierInfo,
} from "../../lib/verification/types.ts";
import { fromHex } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";

export interface KnownRun {
  recipe: Recipe;
  chain: Chain;
  /** What each leaf is the hash of: known to who has run the recipe. */
  openings: Opening[];
}

/** A run that nobody trained, with leaves that are hashes of known things. */
export async function inventedRun(recipe: Recipe): Promise<KnownRun> {
  const steps = leafSteps(recipe);
  const openings = await Promise.all(steps.map(async (step) => ({
    weights: await sha256Hex(utf8(`weights of step ${step}`)),
    m: await sha256Hex(utf8(`m of step ${step}`)),
    v: await sha256Hex(utf8(`v of step ${step}`)),
    loss: step === 0 ? 0 : 1 / step,
  })));
  const leaves = openings.map(({ weights, m, v, loss }, j) =>
    toHex(
      leafOfDigests({
        ...{ j, step: steps[j], lossNats: loss, digests: [weights, m, v].map(fromHex) },
        tokens: trainingTokens({ ...recipe, steps: steps[j] }),
      }),
    )
  );
  const head = chainHead(await recipeHash(recipe), recipe.seed, leaves);
  const chain = { interval: recipe.checkpointInterval, leafSteps: steps, leaves, head };
  return { recipe, chain, openings };
}

export async function newKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { publicKey, privateKey } = pair as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return { keyid: await keyIdOf(raw), publicKey: toBase64(raw), privateKey };
}

export const CHROME: VerifierInfo = {
  ...{ runtime: "Chrome 156 (V8)", engineFamily: "v8", flags: [], isa: "x86_64", threads: 2 },
  selfTestDigest: "5".repeat(64),
};
export const FIREFOX: VerifierInfo = {
  ...CHROME,
  runtime: "Firefox 140 (SpiderMonkey)",
  engineFamily: "spidermonkey",
};

export interface Said {
  entry: string;
  nonce: string;
  run: KnownRun;
  verifier?: VerifierInfo;
  /** Where the replay parts from the file; null for an exact one. */
  divergentStep?: number | null;
  modelDigest?: string;
  /** A part of the run; all of it when not given. */
  segment?: Segment;
}

/** The statement of a replay of this run. */
export async function statementOf(
  { entry, nonce, run, verifier = CHROME, divergentStep = null, segment, ...said }: Said,
): Promise<{ statement: Confirmation; openings: Opening[] }> {
  const agreed = run.chain.leafSteps.filter((step) => step < (divergentStep ?? Infinity)).length;
  const end = Math.min(agreed, (segment?.to ?? Infinity) + 1);
  const openings = run.openings.slice(segment?.from ?? 0, end);
  const ends = segment === undefined || segment.to === run.chain.leaves.length - 1;
  const result: VerificationResult = {
    verdict: divergentStep !== null ? "mismatch" : ends ? "exact" : "sampled",
    recipeHash: await recipeHash(run.recipe),
    engineDigest: run.recipe.engine,
    ...{ firstDivergentStep: divergentStep, reasons: [], leavesCompared: agreed },
    ...{ claimedHead: run.chain.head, recomputedHead: run.chain.head, weightDifference: null },
    ...{
      losses: [],
      segment: segment ?? null,
      trainedDigest: null,
      scores: [],
      verifiers: [verifier],
    },
    cost: { flops: 1, wallMs: 1000 },
  };
  const { modelDigest = "a".repeat(64) } = said, finishedAt = "2026-11-27T12:00:00.000Z";
  const statement = await buildConfirmation({
    ...{ entry, modelDigest, nonce, result, openings, finishedAt },
  });
  return { statement: statement!, openings };
}

/** What a tab sends. */
export async function signed(
  { statement, openings }: { statement: Confirmation; openings: Opening[] },
  key: SigningKey,
) {
  const envelope = await signEnvelope(IN_TOTO_PAYLOAD, utf8(canonicalJson(statement)), [key]);
  return { envelope, publicKey: key.publicKey, openings };
}
