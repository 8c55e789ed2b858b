// Whether a binary is an engine that this program can drive: an older or a newer one may not be.

import { TinyproofError } from "../errors.ts";
import { Arena, type Kernels } from "./kernels.ts";

/** It asks for other things than we have, or lacks some that we call. */
export class UnfitEngineError extends TinyproofError {}

/** Parameters of each kernel we call. */
const ARITIES: { readonly [Name in keyof Kernels]: Parameters<Kernels[Name]>["length"] } = {
  ...{ meet: 4, giveUp: 1 },
  ...{ gemm: 14, gemmPacked: 9, gemmScratchBytes: 2, packB: 6, packedBytes: 2 },
  ...{ quantizeRows: 5, gemmInt8: 11, gemmInt4: 11 },
  ...{ addBias: 5, addBiasResidual: 7, biasGelu: 6, biasGeluSplit: 6, biasGeluTanh: 6 },
  ...{ swiGlu: 8, swiGluBackward: 5, multiply: 3, columnSums: 7 },
  ...{ embed: 8, lookUp: 6, embedBackward: 7 },
  ...{ layerNorm: 8, layerNormAgain: 8, layerNormBackward: 10, layerNormParams: 10 },
  ...{ rmsNorm: 8, rmsNormBackward: 10, normGain: 9, normWith: 9 },
  ...{ rotaryColumn: 5, rotaryTable: 4, rotate: 10 },
  ...{ attention: 13, attentionBackward: 17, cacheWrite: 12, attendCached: 18 },
  ...{ softmax: 3, crossEntropyBackward: 8, negativeLogLikelihood: 6, logProbabilities: 4 },
  ...{ sumFloat64: 2, sumSquares: 2, adamW: 15 },
  ...{ muonMomentum: 6, scale: 3, blend: 8, muonUpdate: 6 },
  ...{ fillNormal: 7, philox: 7, circle: 2, cosine64: 2, cosPi: 1 },
  ...{ exp64: 1, log64: 1, powInt: 2, dot16: 3, sum16: 2, rowMax: 2 },
  ...{ expArray: 3, erfArray: 3, siluArray: 4 },
};

/** Kernels in a memory of their own. @throws {UnfitEngineError} */
export function fittingKernels(module: WebAssembly.Module): Kernels {
  const kernels = linked(module);
  for (const [name, arity] of Object.entries(ARITIES)) {
    // The JavaScript interface of WebAssembly: an exported function's length counts its parameters.
    const kernel: unknown = kernels[name as keyof Kernels];
    const got = typeof kernel === "function" ? `${kernel.length} parameters` : "no such kernel";
    if (got !== `${arity} parameters`) throw unfit(`kernel ${name}, ${arity} parameters`, got);
  }
  return kernels;
}

/** A page: nothing is computed in it but single numbers. */
const LEAST_BYTES = 65536;

function linked(module: WebAssembly.Module): Kernels {
  try {
    return new Arena(module, LEAST_BYTES).kernels;
  } catch (error) {
    // What is imported from a name we do not have is a type error.
    if (!(error instanceof WebAssembly.LinkError || error instanceof TypeError)) throw error;
    throw unfit("an engine that imports a shared memory and nothing else", error.message);
  }
}

function unfit(expected: string, got: string): UnfitEngineError {
  return new UnfitEngineError(`It does not fit this program: expected ${expected}, got ${got}`, {
    ...{ expected, got },
    fix: "Use an engine that this version of the program was built with.",
  });
}
