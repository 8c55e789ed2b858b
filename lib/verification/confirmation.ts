// What a visitor's replay says, in a form that only who has the run can write. Knows no database, no
// key store and no schema: it is part of pages.

import {
  bytesOf,
  concatBytes,
  float64le,
  fromBase64,
  fromHex,
  fromUtf8,
  toHex,
  uint32le,
  utf8,
} from "../bytes.ts";
import type { TrainState } from "../engine/engine.ts";
import { sha256, sha256Hex } from "../hash.ts";
import { confirmedVerdict } from "./confirmed_scope.ts";
import type { Confirmation } from "./confirmation_schema.ts";
import type { Envelope } from "./dsse.ts";
import { STATEMENT_TYPE } from "./report.ts";
import type { VerificationResult, VerifierInfo } from "./types.ts";

export const CONFIRMATION_TYPE = "https://tinyproof.example/confirmation/v1";

/**
 * What a leaf is the hash of, beside numbers everybody knows: SHA-256 of weights and of both moments,
 * and the loss. A file gives leaves alone, so these are known to who has run the recipe.
 */
export interface Opening {
  /** SHA-256, hexadecimal. */
  weights: string;
  m: string;
  v: string;
  /** Of that step; 0 at step 0. */
  loss: number;
}

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

export interface ConfirmationInput {
  entry: string;
  modelDigest: string;
  nonce: string;
  result: VerificationResult;
  /** Of every leaf that came out as the file claims, from the first of what was replayed on. */
  openings: readonly Opening[];
  finishedAt: string;
}

/** The statement of a replay, or null when that says nothing about the entry. */
export async function buildConfirmation(
  { entry, modelDigest, nonce, result, openings, finishedAt }: ConfirmationInput,
): Promise<Confirmation | null> {
  const { claimedHead, recipeHash, verifiers: [verifier], firstDivergentStep, segment } = result;
  const verdict = confirmedVerdict(result);
  if (verdict === null) return null;
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
      scope: segment === null ? { kind: "full" } : { kind: "segment", ...segment },
      tags: await answersTo(nonce, openings, segment?.from ?? 0),
      verifier: declared(verifier),
      wallMs: result.cost.wallMs,
      finishedAt,
    },
  };
}

/** The tag of each opening; the first is of leaf `from`. */
export function answersTo(
  nonce: string,
  openings: readonly Opening[],
  from: number,
): Promise<string[]> {
  return Promise.all(openings.map((opening, i) => confirmationTag(nonce, from + i, opening)));
}

/** Digest of the engine that a confirmation which was taken in comes from. */
export function engineOfConfirmation({ payload }: Envelope): string {
  const { predicate }: Confirmation = JSON.parse(fromUtf8(fromBase64(payload)));
  return predicate.engineDigest;
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
