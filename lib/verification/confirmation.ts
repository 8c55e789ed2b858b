// What a visitor's replay says, in a form that only who has the run can write. Knows no database, no
// key store and no schema: it is part of pages.

import { fromBase64, fromUtf8 } from "../bytes.ts";
import { CONFIRMATION_TYPE, confirmedVerdict } from "./confirmed_scope.ts";
import type { Confirmation } from "./confirmation_schema.ts";
import type { Envelope } from "./dsse.ts";
import { answersTo, type Opening } from "./opening.ts";
import { STATEMENT_TYPE } from "./report.ts";
import type { VerificationResult, VerifierInfo } from "./types.ts";

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
