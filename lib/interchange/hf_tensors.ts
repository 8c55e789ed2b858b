// Which tensors Hugging Face models have, and which of ours stand in them. Knows no file.

import { architectureOf } from "../format/architecture.ts";
import { type ModelConfig, tensorSpecs } from "../format/config.ts";
import type { Family } from "./hf_config.ts";

/** A tensor of theirs. */
export interface HfTensor {
  name: string;
  shape: number[];
  /** Ours: one, or several whose columns stand side by side. */
  parts: string[];
  /** Linear layers of PyTorch are [out, in], ours [in, out]. */
  transposed: boolean;
}

/** What a name begins with unless the model was saved without its head. */
export const PREFIXES: Record<Family, string> = {
  gpt2: "transformer.",
  gpt_neo: "transformer.",
  llama: "model.",
};

/** Tensors without weights that older files hold beside the model's. */
export const BUFFERS = /\.(attn|attention)\.(bias|masked_bias)$|rotary_emb\.inv_freq$/;

const GPT2_BLOCK: Record<string, string[]> = {
  "ln_1": ["ln1"],
  "attn.c_attn": ["attn.q_proj", "attn.k_proj", "attn.v_proj"],
  "attn.c_proj": ["attn.o_proj"],
  "ln_2": ["ln2"],
  "mlp.c_fc": ["mlp.fc_in"],
  "mlp.c_proj": ["mlp.fc_out"],
};

const GPT_NEO_BLOCK: Record<string, string[]> = {
  "ln_1": ["ln1"],
  "attn.attention.q_proj": ["attn.q_proj"],
  "attn.attention.k_proj": ["attn.k_proj"],
  "attn.attention.v_proj": ["attn.v_proj"],
  "attn.attention.out_proj": ["attn.o_proj"],
  "ln_2": ["ln2"],
  "mlp.c_fc": ["mlp.fc_in"],
  "mlp.c_proj": ["mlp.fc_out"],
};

const LLAMA_BLOCK: Record<string, string[]> = {
  "input_layernorm": ["ln1"],
  "self_attn.q_proj": ["attn.q_proj"],
  "self_attn.k_proj": ["attn.k_proj"],
  "self_attn.v_proj": ["attn.v_proj"],
  "self_attn.o_proj": ["attn.o_proj"],
  "post_attention_layernorm": ["ln2"],
  "mlp.gate_proj": ["mlp.gate_proj"],
  "mlp.up_proj": ["mlp.up_proj"],
  "mlp.down_proj": ["mlp.down_proj"],
};

const LAYOUTS = {
  gpt2: { token: "wte", position: "wpe", norm: "ln_f", blocks: "h", block: GPT2_BLOCK },
  gpt_neo: { token: "wte", position: "wpe", norm: "ln_f", blocks: "h", block: GPT_NEO_BLOCK },
  llama: {
    token: "embed_tokens",
    position: null,
    norm: "norm",
    blocks: "layers",
    block: LLAMA_BLOCK,
  },
};

/**
 * Their tensors for a shape the family has; every tensor of ours is a part of exactly one.
 * @param prefix what all names but the head's begin with, usually the family's of `PREFIXES`.
 */
export function hfTensors(
  family: Family,
  config: ModelConfig,
  prefix = PREFIXES[family],
): HfTensor[] {
  const { token, position, norm, blocks, block } = LAYOUTS[family];
  const shapes = new Map(tensorSpecs(config).map(({ name, shape }) => [name, shape]));
  const tensors: HfTensor[] = [];
  const add = (theirs: string, ours: string[]) => {
    for (const kind of ["weight", "bias"]) {
      const parts = ours.map((name) => `${name}.${kind}`);
      if (!shapes.has(parts[0])) continue;
      // Convolutions of GPT-2 are [in, out] as ours; embeddings are [ids, width] everywhere.
      const isLinear = parts[0].startsWith("blocks.") && shapes.get(parts[0])!.length === 2;
      const transposed = family !== "gpt2" && isLinear;
      const shape = joinedShape(parts.map((part) => shapes.get(part)!));
      if (transposed) shape.reverse();
      tensors.push({ name: `${theirs}.${kind}`, shape, parts, transposed });
    }
  };
  add(prefix + token, ["token_embedding"]);
  if (position !== null) add(prefix + position, ["position_embedding"]);
  for (let i = 0; i < config.layers; i++) {
    for (const [theirs, ours] of Object.entries(block)) {
      add(`${prefix}${blocks}.${i}.${theirs}`, ours.map((name) => `blocks.${i}.${name}`));
    }
  }
  add(prefix + norm, ["ln_final"]);
  if (architectureOf(config).head === "untied") add("lm_head", ["lm_head"]);
  return tensors;
}

function joinedShape(shapes: (readonly number[])[]): number[] {
  const columns = shapes.reduce((sum, shape) => sum + shape.at(-1)!, 0);
  return [...shapes[0].slice(0, -1), columns];
}

/**
 * Copies one of their tensors into its parts, or the parts into it.
 * @param theirs its elements, row-major. @param ours the elements of each part.
 */
export function copyParts(
  { shape, transposed }: HfTensor,
  theirs: Float32Array,
  ours: readonly Float32Array[],
  direction: "toOurs" | "toTheirs",
): void {
  const rows = shape.length === 1 ? 1 : shape[0];
  const columns = theirs.length / rows;
  let first = 0;
  for (const part of ours) {
    const width = part.length / rows;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < width; c++) {
        const at = r * columns + first + c, mine = transposed ? c * rows + r : r * width + c;
        if (direction === "toOurs") part[mine] = theirs[at];
        else theirs[at] = part[mine];
      }
    }
    first += width;
  }
}
