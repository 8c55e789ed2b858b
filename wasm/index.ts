// Everything the engine exports. Pointers are byte offsets into the imported memory; kernels hold
// no state and allocate nothing.

export { giveUp, meet } from "./barrier";
export { gemm, gemmPacked, gemmScratchBytes, packB, packedBytes } from "./gemm";
export {
  addBias, addBiasResidual, biasGelu, biasGeluSplit, columnSums, embed, embedBackward, lookUp,
  multiply, swiGlu, swiGluBackward,
} from "./elementwise";
export { layerNorm, layerNormAgain, layerNormBackward, layerNormParams } from "./layernorm";
export { biasGeluTanh, normWith } from "./imported";
export { normGain, rmsNorm, rmsNormBackward } from "./rmsnorm";
export { rotaryColumn, rotaryTable, rotate } from "./rotary";
export { attendCached, attention, attentionBackward, cacheWrite, softmax } from "./attention";
export { crossEntropyBackward, logProbabilities, negativeLogLikelihood, sumFloat64 } from "./loss";
export { adamW, sumSquares } from "./optimizer";
export { blend, muonMomentum, muonUpdate, scale } from "./muon";
export { fillNormal, philox } from "./random";
export { circle, cosine64, cosPi, exp64, log64, powInt } from "./math64";
export { gemmInt4, gemmInt8, quantizeRows } from "./quantized";
export { dot16, rowMax, sum16 } from "./reduce";
export { erfArray, expArray, siluArray } from "./arrays";
