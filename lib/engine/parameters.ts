// Where each tensor of a model stands in memory: pointers beside the shapes of format/config.ts.

import type { OptimizerConfig } from "./engine.ts";
import { architectureOf } from "../format/architecture.ts";
import { type ModelConfig, type TensorSpec, tensorSpecs } from "../format/config.ts";

/** Pointers of one transformer block; shapes as in `tensorSpecs`. `wIn` is the gate of SwiGLU. */
export interface BlockPointers {
  ln1Gain: number;
  ln1Bias: number;
  wq: number;
  bq: number;
  wk: number;
  bk: number;
  wv: number;
  bv: number;
  wo: number;
  bo: number;
  ln2Gain: number;
  ln2Bias: number;
  wIn: number;
  bIn: number;
  wUp: number;
  bUp: number;
  wOut: number;
  bOut: number;
}

export interface ModelPointers {
  token: number;
  position: number;
  /** [V, C]; the token table when tied. */
  head: number;
  lnGain: number;
  lnBias: number;
  blocks: BlockPointers[];
}

/**
 * Pointers into a flat float32 array that begins at byte `base`. Tensors the shape lacks are at
 * `absent`: for weights, zeros that stand in for biases; for gradients, nowhere.
 */
export function modelPointers(
  config: ModelConfig,
  base: number,
  absent = 0,
  specs: readonly TensorSpec[] = tensorSpecs(config),
): ModelPointers {
  const { head, mlp } = architectureOf(config);
  const at = new Map(specs.map((spec) => [spec.name, base + 4 * spec.offset]));
  const of = (name: string) => at.get(name) ?? absent;
  const [wIn, wOut] = mlp === "gelu" ? ["fc_in", "fc_out"] : ["gate_proj", "down_proj"];
  const blocks = Array.from({ length: config.layers }, (_, i) => {
    const inBlock = (name: string) => of(`blocks.${i}.${name}`);
    return {
      ln1Gain: inBlock("ln1.weight"),
      ln1Bias: inBlock("ln1.bias"),
      wq: inBlock("attn.q_proj.weight"),
      bq: inBlock("attn.q_proj.bias"),
      wk: inBlock("attn.k_proj.weight"),
      bk: inBlock("attn.k_proj.bias"),
      wv: inBlock("attn.v_proj.weight"),
      bv: inBlock("attn.v_proj.bias"),
      wo: inBlock("attn.o_proj.weight"),
      bo: inBlock("attn.o_proj.bias"),
      ln2Gain: inBlock("ln2.weight"),
      ln2Bias: inBlock("ln2.bias"),
      wIn: inBlock(`mlp.${wIn}.weight`),
      bIn: inBlock(`mlp.${wIn}.bias`),
      wUp: inBlock("mlp.up_proj.weight"),
      bUp: inBlock("mlp.up_proj.bias"),
      wOut: inBlock(`mlp.${wOut}.weight`),
      bOut: inBlock(`mlp.${wOut}.bias`),
    };
  });
  return {
    token: of("token_embedding.weight"),
    position: of("position_embedding.weight"),
    head: of(head === "tied" ? "token_embedding.weight" : "lm_head.weight"),
    lnGain: of("ln_final.weight"),
    lnBias: of("ln_final.bias"),
    blocks,
  };
}

/**
 * The tensors that inference reads as they are, one after another: embeddings, norms, biases. The
 * others it packs, and holds in no other form.
 */
export function unpackedSpecs(config: ModelConfig): TensorSpec[] {
  let end = 0;
  return tensorSpecs(config)
    .filter(({ name, shape }) => shape.length === 1 || name.endsWith("_embedding.weight"))
    .map((spec) => ({ ...spec, offset: (end += spec.size) - spec.size }));
}

/** Whether Muon takes this tensor when there is one: the matrices of the blocks. */
export function byMuon({ name, shape }: TensorSpec): boolean {
  return shape.length === 2 && name.startsWith("blocks.");
}

/** Whether weight decay applies to a tensor. */
export function decays(
  { name, decay }: TensorSpec,
  { weightDecayMask }: Pick<OptimizerConfig, "weightDecayMask">,
): boolean {
  if (weightDecayMask === "all") return true;
  return decay && !(weightDecayMask === "no-embeddings" && /_embedding\.weight$/.test(name));
}

/** Standard deviation of a tensor's initial weights (GPT-2): 0 for biases, null for gains (ones). */
export function initialStd(spec: TensorSpec, layers: number): number | null {
  if (!spec.decay) return /ln\w*\.weight$/.test(spec.name) ? null : 0;
  const residual = /(o_proj|fc_out|down_proj)\.weight$/.test(spec.name);
  return residual ? 0.02 / Math.sqrt(2 * layers) : 0.02;
}
