// Joins two replays of one file by different runtimes or settings into one verdict.

import type { VerificationResult } from "./types.ts";

/** V8 flags of the second replay: its baseline compiler alone, so other machine code throughout. */
export const CONFIRM_V8_FLAGS = ["--liftoff-only"];

/**
 * Both say the same, to the bit → that verdict, with both verifiers named. They recomputed different
 * values → "engine-divergent": our bug, the entry is not penalised. One has no verdict → "error".
 */
export function combineVerifications(
  first: VerificationResult,
  second: VerificationResult,
): VerificationResult {
  const joined = {
    ...first,
    verifiers: [...first.verifiers, ...second.verifiers],
    cost: {
      flops: first.cost.flops + second.cost.flops,
      wallMs: first.cost.wallMs + second.cost.wallMs,
    },
  };
  if (agree(first, second)) {
    return { ...joined, reasons: [...new Set([...first.reasons, ...second.reasons])] };
  }
  if (![first, second].every(({ verdict }) => verdict === "exact" || verdict === "mismatch")) {
    const reasons = ["A second replay could not confirm the first.", ...second.reasons];
    return { ...joined, verdict: "error", firstDivergentStep: null, reasons };
  }
  return {
    ...joined,
    verdict: "engine-divergent",
    firstDivergentStep: null,
    reasons: [
      "Two of our own verifiers recomputed different values.",
      ...describe(first),
      ...describe(second),
    ],
  };
}

/** Whether native kernels had a part in the result. */
export function foundByNative({ verifiers }: VerificationResult): boolean {
  return verifiers.some(({ native }) => native !== undefined);
}

/**
 * WebAssembly's result in place of a difference that native kernels found: those are no word of the
 * contract, so they never speak against an entry.
 */
export function replaceNative(
  native: VerificationResult,
  wasm: VerificationResult,
): VerificationResult {
  const cost = {
    flops: native.cost.flops + wasm.cost.flops,
    wallMs: native.cost.wallMs + wasm.cost.wallMs,
  };
  if (agree(native, wasm)) return { ...wasm, cost };
  const reason = `Native kernels (${native.verifiers[0].native}) computed other values, which is ` +
    "our bug; this is WebAssembly's result.";
  return { ...wasm, cost, reasons: [...wasm.reasons, reason] };
}

function agree(first: VerificationResult, second: VerificationResult): boolean {
  return first.verdict === second.verdict &&
    first.firstDivergentStep === second.firstDivergentStep &&
    first.recomputedHead === second.recomputedHead &&
    first.leafDifference?.recomputed === second.leafDifference?.recomputed &&
    Object.is(first.weightDifference?.recomputed, second.weightDifference?.recomputed) &&
    first.scores.length === second.scores.length &&
    first.scores.every(({ recomputed }, i) => Object.is(recomputed, second.scores[i].recomputed));
}

function describe({ verdict, recomputedHead, reasons, verifiers }: VerificationResult): string[] {
  const runtime = verifiers.map((verifier) => verifier.runtime).join(", ");
  return [`${runtime}: ${verdict}, head ${recomputedHead ?? "none"}. ${reasons.join(" ")}`.trim()];
}
