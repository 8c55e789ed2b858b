// Where each tensor of a model stands in memory: pointers beside the shapes of format/config.ts.

import type { OptimizerConfig } from "./engine.ts";
import { type ModelConfig, type TensorSpec, tensorSpecs } from "../format/config.ts";

/** Pointers of one transformer block; shapes as in `tensorSpecs`. */
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
  wOut: number;
  bOut: number;
}

export interface ModelPointers {
  token: number;
  position: number;
  lnGain: number;
  lnBias: number;
  blocks: BlockPointers[];
}

/** Pointers into a flat float32 array that begins at byte `base`. */
export function modelPointers(config: ModelConfig, base: number): ModelPointers {
  const at = new Map(tensorSpecs(config).map((spec) => [spec.name, base + 4 * spec.offset]));
  const of = (name: string) => at.get(name)!;
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
      wIn: inBlock("mlp.fc_in.weight"),
      bIn: inBlock("mlp.fc_in.bias"),
      wOut: inBlock("mlp.fc_out.weight"),
      bOut: inBlock("mlp.fc_out.bias"),
    };
  });
  return {
    token: of("token_embedding.weight"),
    position: of("position_embedding.weight"),
    lnGain: of("ln_final.weight"),
    lnBias: of("ln_final.bias"),
    blocks,
  };
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
  const residual = /o_proj\.weight$|fc_out\.weight$/.test(spec.name);
  return residual ? 0.02 / Math.sqrt(2 * layers) : 0.02;
}
