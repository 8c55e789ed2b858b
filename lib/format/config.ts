// The model shape and its tensors. Every size, offset and count derives from `tensorSpecs`.

/** Shape of a pre-layer-norm GPT with learned positions and a tied head. */
export interface ModelConfig {
  layers: number;
  /** Width of the residual stream; a multiple of `heads`. */
  dModel: number;
  heads: number;
  /** Longest context in tokens. */
  ctx: number;
  /** Hidden width of the MLP. */
  dMlp: number;
  vocabSize: number;
}

export interface TensorSpec {
  name: string;
  shape: readonly number[];
  /** Number of elements. */
  size: number;
  /** Index of the first element in the flat float32 array of all tensors. */
  offset: number;
  /** Weight decay applies to matrices and embeddings only. */
  decay: boolean;
}

/** All tensors in the canonical order of the file format. */
export function tensorSpecs(config: ModelConfig): TensorSpec[] {
  const { layers, dModel: C, dMlp: F, vocabSize: V, ctx: T } = config;
  const shapes: [string, number[]][] = [
    ["token_embedding.weight", [V, C]],
    ["position_embedding.weight", [T, C]],
    ["ln_final.weight", [C]],
    ["ln_final.bias", [C]],
  ];
  for (let i = 0; i < layers; i++) {
    const block = (name: string, shape: number[]) => shapes.push([`blocks.${i}.${name}`, shape]);
    block("ln1.weight", [C]);
    block("ln1.bias", [C]);
    for (const projection of ["q_proj", "k_proj", "v_proj", "o_proj"]) {
      block(`attn.${projection}.weight`, [C, C]);
      block(`attn.${projection}.bias`, [C]);
    }
    block("ln2.weight", [C]);
    block("ln2.bias", [C]);
    block("mlp.fc_in.weight", [C, F]);
    block("mlp.fc_in.bias", [F]);
    block("mlp.fc_out.weight", [F, C]);
    block("mlp.fc_out.bias", [C]);
  }
  let offset = 0;
  return shapes.map(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const spec = { name, shape, size, offset, decay: shape.length > 1 };
    offset += size;
    return spec;
  });
}

/** Number of weights, counted from the tensors. */
export function parameterCount(config: ModelConfig): number {
  return tensorSpecs(config).reduce((sum, spec) => sum + spec.size, 0);
}
