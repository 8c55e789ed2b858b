// Policy caps a reader applies before it allocates. Knows no layout.

export interface ReadLimits {
  maxFileBytes: number;
  maxHeaderBytes: number;
  /** Deepest nesting of objects and arrays in the header. */
  maxHeaderDepth: number;
  maxParameters: number;
  maxLayers: number;
  maxDModel: number;
  maxDMlp: number;
  /** Longest context in tokens. */
  maxCtx: number;
  maxVocabSize: number;
}

const maxParameters = 2 ** 27;
const maxHeaderBytes = 8 * 2 ** 20;

/** Room for a model of 134 M parameters with its optimizer state, and nothing larger. */
export const DEFAULT_LIMITS: Readonly<ReadLimits> = Object.freeze({
  maxFileBytes: 12 + maxHeaderBytes + 4 + 12 * maxParameters,
  maxHeaderBytes,
  maxHeaderDepth: 64,
  maxParameters,
  maxLayers: 256,
  maxDModel: 16_384,
  maxDMlp: 65_536,
  maxCtx: 65_536,
  maxVocabSize: 262_144,
});
