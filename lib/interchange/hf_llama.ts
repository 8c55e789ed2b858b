// `config.json` of Llama models, which have RMS norms, rotary positions and SwiGLU.

import * as z from "zod";
import { architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import { DEFAULT_NORM_EPSILON, type Projection, type RotaryScaling } from "../format/imported.ts";
import {
  epsilonOption,
  factor,
  fieldProblem,
  flag,
  type HfConfig,
  modelConfig,
  parseFields,
  size,
} from "./hf_fields.ts";

const ropeSchema = z.object({
  rope_theta: factor.nullish(),
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  factor: factor.nullish(),
  low_freq_factor: factor.nullish(),
  high_freq_factor: factor.nullish(),
  original_max_position_embeddings: factor.nullish(),
}, { error: "an object" });
type Rope = z.infer<typeof ropeSchema>;

const llamaSchema = z.object({
  num_hidden_layers: size,
  hidden_size: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  intermediate_size: size,
  vocab_size: size,
  hidden_act: z.literal(["silu", "swish"], { error: '"silu"' }).default("silu"),
  rms_norm_eps: factor.default(1e-6),
  rope_theta: factor.nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  attention_bias: flag(),
  mlp_bias: flag(),
  tie_word_embeddings: flag(),
});

export function readLlama(json: unknown): ModelConfig {
  const c = parseFields(llamaSchema, json);
  const width = c.hidden_size / c.num_attention_heads;
  if (c.head_dim != null && c.head_dim !== width) {
    throw fieldProblem("head_dim", `hidden_size / num_attention_heads, ${width}`, c.head_dim);
  }
  const rope = { ...c.rope_scaling, ...c.rope_parameters };
  const attention = c.attention_bias === true, mlp = c.mlp_bias === true;
  const attentionNames = ["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.o_proj"];
  const mlpNames = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];
  return modelConfig({
    layers: c.num_hidden_layers,
    dModel: c.hidden_size,
    heads: c.num_attention_heads,
    ctx: c.max_position_embeddings,
    dMlp: c.intermediate_size,
    vocabSize: c.vocab_size,
  }, {
    norm: "rmsnorm",
    positions: "rotary",
    rotaryBase: rope.rope_theta ?? c.rope_theta ?? 10_000,
    mlp: "swiglu",
    head: c.tie_word_embeddings === true ? "tied" : "untied",
    biases: attention || mlp,
    kvHeads: c.num_key_value_heads ?? c.num_attention_heads,
  }, {
    ...epsilonOption(c.rms_norm_eps),
    ...scalingOption(rope),
    ...(attention === mlp
      ? {}
      : { withoutBias: (attention ? mlpNames : attentionNames) as Projection[] }),
  });
}

export function writeLlama(config: ModelConfig): HfConfig {
  const { rotaryBase, head, biases, kvHeads } = architectureOf(config);
  const { normEpsilon, rotaryScaling, withoutBias = [] } = config.imported ?? {};
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    num_hidden_layers: config.layers,
    hidden_size: config.dModel,
    num_attention_heads: config.heads,
    num_key_value_heads: kvHeads,
    max_position_embeddings: config.ctx,
    intermediate_size: config.dMlp,
    vocab_size: config.vocabSize,
    hidden_act: "silu",
    rms_norm_eps: normEpsilon ?? DEFAULT_NORM_EPSILON,
    rope_theta: rotaryBase,
    rope_scaling: rotaryScaling ? ropeFields(rotaryScaling) : null,
    attention_bias: biases && !withoutBias.includes("attn.q_proj"),
    mlp_bias: biases && !withoutBias.includes("mlp.up_proj"),
    tie_word_embeddings: head === "tied",
  };
}

function scalingOption(rope: Partial<Rope>): { rotaryScaling?: RotaryScaling } {
  const type = rope.rope_type ?? rope.type ?? "default";
  const needed = (field: keyof Rope) => {
    const value = rope[field];
    if (typeof value === "number") return value;
    throw fieldProblem(`rope_scaling.${field}`, `a number beside type ${type}`, value);
  };
  if (type === "default") return {};
  if (type === "linear") return { rotaryScaling: { type, factor: needed("factor") } };
  if (type !== "llama3") {
    throw fieldProblem("rope_scaling.rope_type", "default, linear or llama3", type);
  }
  return {
    rotaryScaling: {
      type,
      factor: needed("factor"),
      lowFrequencyFactor: needed("low_freq_factor"),
      highFrequencyFactor: needed("high_freq_factor"),
      originalContext: needed("original_max_position_embeddings"),
    },
  };
}

function ropeFields(scaling: RotaryScaling): HfConfig {
  if (scaling.type === "linear") return { rope_type: "linear", factor: scaling.factor };
  return {
    rope_type: "llama3",
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContext,
  };
}
