// What a visitor's replay says, in a form that only who has the run can write. Knows no database and
// no key store.

import { z } from "zod";
import { bytesOf, concatBytes, float64le, fromHex, toHex, uint32le, utf8 } from "../bytes.ts";
import type { TrainState } from "../engine/engine.ts";
import { sha256, sha256Hex } from "../hash.ts";
import { leafOfDigests } from "./chain.ts";
import { trainingTokens } from "./cost.ts";
import { MAX_CHECKPOINTS, type Recipe } from "./recipe.ts";
import { STATEMENT_TYPE } from "./report.ts";
import {
  type Chain,
  ENGINE_FAMILIES,
  type VerificationResult,
  type VerifierInfo,
} from "./types.ts";

export const CONFIRMATION_TYPE = "https://tinyproof.example/confirmation/v1";
/** What a visitor's replay may end with to say something about an entry. */
export const CONFIRMED_VERDICTS = ["exact", "mismatch"] as const;

const sha = () => z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");
const text = (most: number) => z.string().min(1).max(most).regex(/^[\x20-\x7e]*$/, "plain text");

/**
 * What a leaf is the hash of, beside numbers everybody knows: SHA-256 of weights and of both moments,
 * and the loss. A file gives leaves alone, so these are known to who has run the recipe.
 */
export const openingSchema = z.strictObject({
  weights: sha(),
  m: sha(),
  v: sha(),
  loss: z.number(),
});
export type Opening = z.infer<typeof openingSchema>;

export const openingsSchema = z.array(openingSchema).max(MAX_CHECKPOINTS + 1);

export const confirmationSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({
    name: z.enum(["model", "chain-head"]),
    digest: z.strictObject({ sha256: sha() }),
  })).length(2),
  predicateType: z.literal(CONFIRMATION_TYPE),
  predicate: z.strictObject({
    entry: text(64),
    recipeHash: sha(),
    engineDigest: sha(),
    nonce: sha(),
    verdict: z.enum(CONFIRMED_VERDICTS),
    firstDivergentStep: z.int().min(0).nullable(),
    tags: z.array(sha()).max(MAX_CHECKPOINTS + 1),
    verifier: z.strictObject({
      runtime: text(100),
      engineFamily: z.enum(ENGINE_FAMILIES),
      isa: text(20),
      threads: z.int().min(1).max(1024),
      selfTestDigest: sha(),
    }),
    wallMs: z.number().min(0),
    finishedAt: z.iso.datetime(),
  }),
}).meta({
  id: "Confirmation",
  description: "The in-toto statement a visitor signs. Runtime and instruction set are declared.",
});
export type Confirmation = z.infer<typeof confirmationSchema>;

/** The opening of the leaf of this state. */
export async function openingOf(
  { weights, m, v }: Pick<TrainState, "weights" | "m" | "v">,
  loss: number,
): Promise<Opening> {
  const [w, first, second] = await Promise.all(
    [weights, m, v].map((part) => sha256Hex(bytesOf(part))),
  );
  return { weights: w, m: first, v: second, loss };
}

/**
 * SHA-256("confirm/v1" | nonce, 32 bytes | j u32 | weights | m | v, 32 bytes each | loss f64),
 * hexadecimal. Public, and new for each nonce: nothing can be written from another's.
 */
export async function confirmationTag(
  nonce: string,
  j: number,
  { weights, m, v, loss }: Opening,
): Promise<string> {
  const digests = [weights, m, v].map(fromHex);
  const parts = [utf8("confirm/v1"), fromHex(nonce), uint32le(j), ...digests, float64le(loss)];
  return toHex(await sha256(concatBytes(parts)));
}

/** Index of the first opening that is not of the leaf the file claims; -1 when all are. */
export async function firstFalseOpening(
  recipe: Recipe,
  { leaves, leafSteps }: Pick<Chain, "leaves" | "leafSteps">,
  openings: readonly Opening[],
): Promise<number> {
  for (const [j, { weights, m, v, loss }] of openings.entries()) {
    const step = leafSteps[j];
    if (step === undefined) return j;
    const tokens = trainingTokens({ ...recipe, steps: step });
    const digests = [weights, m, v].map(fromHex);
    const leaf = await leafOfDigests({ j, step, tokens, digests, lossNats: loss });
    if (toHex(leaf) !== leaves[j]) return j;
  }
  return -1;
}

/** How many openings a statement needs: all of an exact run, else those before the first difference. */
export function openingsNeeded(
  { verdict, firstDivergentStep }: Pick<
    Confirmation["predicate"],
    "verdict" | "firstDivergentStep"
  >,
  { leafSteps }: Pick<Chain, "leafSteps">,
): number {
  if (verdict === "exact") return leafSteps.length;
  return leafSteps.filter((step) => step < (firstDivergentStep ?? 0)).length;
}

export interface ConfirmationInput {
  entry: string;
  modelDigest: string;
  nonce: string;
  result: VerificationResult;
  /** Of every leaf that came out as the file claims. */
  openings: readonly Opening[];
  finishedAt: string;
}

/** The statement of a replay, or null when that says nothing about the entry. */
export async function buildConfirmation(
  { entry, modelDigest, nonce, result, openings, finishedAt }: ConfirmationInput,
): Promise<Confirmation | null> {
  const { verdict, claimedHead, recipeHash, verifiers: [verifier], firstDivergentStep } = result;
  if (verdict !== "exact" && verdict !== "mismatch") return null;
  if (claimedHead === null || recipeHash === null || verifier === undefined) return null;
  return {
    _type: STATEMENT_TYPE,
    subject: [
      { name: "model", digest: { sha256: modelDigest } },
      { name: "chain-head", digest: { sha256: claimedHead } },
    ],
    predicateType: CONFIRMATION_TYPE,
    predicate: {
      ...{ entry, recipeHash, engineDigest: result.engineDigest, nonce, verdict },
      firstDivergentStep,
      tags: await Promise.all(openings.map((opening, j) => confirmationTag(nonce, j, opening))),
      verifier: declared(verifier),
      wallMs: result.cost.wallMs,
      finishedAt,
    },
  };
}

function declared(
  { runtime, engineFamily, isa, threads, selfTestDigest }: VerifierInfo,
): Confirmation["predicate"]["verifier"] {
  return { runtime, engineFamily, isa, threads, selfTestDigest };
}

/** What one runtime is told apart from another by. */
export type Runtime = Pick<VerifierInfo, "engineFamily" | "isa">;

const UNKNOWN_ISA = "unknown";

/**
 * Runtimes are independent when their engine family or their instruction set differs. One whose
 * instruction set nobody told counts only where its family is not there otherwise.
 */
export function independentRuntimes(runtimes: readonly Runtime[]): Runtime[] {
  const found = new Map<string, Runtime>();
  const sorted = [...runtimes].sort((a, b) =>
    Number(a.isa === UNKNOWN_ISA) - Number(b.isa === UNKNOWN_ISA)
  );
  for (const { engineFamily, isa } of sorted) {
    const others = [...found.values()];
    if (isa === UNKNOWN_ISA && others.some((other) => other.engineFamily === engineFamily)) {
      continue;
    }
    found.set(`${engineFamily} ${isa}`, { engineFamily, isa });
  }
  return [...found.values()];
}
