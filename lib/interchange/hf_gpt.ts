// `config.json` of GPT-2 and GPT-Neo, which have layer norms, learned positions and a GELU.

import * as z from "zod";
import { architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import { DEFAULT_NORM_EPSILON } from "../format/imported.ts";
import { DEFAULT_LIMITS } from "../format/limits.ts";
import {
  epsilonOption,
  factor,
  fieldProblem,
  flag,
  gelu,
  geluOption,
  type HfConfig,
  modelConfig,
  parseFields,
  size,
} from "./hf_fields.ts";

const gpt2Schema = z.object({
  n_layer: size,
  n_embd: size,
  n_head: size,
  n_positions: size,
  n_inner: size.nullish(),
  vocab_size: size,
  activation_function: gelu,
  layer_norm_epsilon: factor.default(1e-5),
  tie_word_embeddings: flag(),
  scale_attn_weights: flag(true),
  scale_attn_by_inverse_layer_idx: flag(false),
  add_cross_attention: flag(false),
});

const attentionKind = z.enum(["global", "local"], { error: '"global" or "local"' });
const gptNeoSchema = z.object({
  num_layers: size.max(DEFAULT_LIMITS.maxLayers, {
    error: `at most ${DEFAULT_LIMITS.maxLayers}`,
  }),
  hidden_size: size,
  num_heads: size,
  max_position_embeddings: size,
  intermediate_size: size.nullish(),
  vocab_size: size,
  window_size: size.default(256),
  attention_types: z.array(
    z.tuple([z.array(attentionKind).nonempty({ error: "some kind" }), size], {
      error: "kinds and how often they come",
    }),
    { error: 'a list such as [[["global", "local"], 6]]' },
  ),
  activation_function: gelu,
  layer_norm_epsilon: factor.default(1e-5),
  tie_word_embeddings: flag(),
});

/** @throws {ValidationError} for an option that is not computed here; so do the other readers. */
export function readGpt2(json: unknown): ModelConfig {
  const c = parseFields(gpt2Schema, json);
  return modelConfig(
    {
      layers: c.n_layer,
      dModel: c.n_embd,
      heads: c.n_head,
      ctx: c.n_positions,
      dMlp: c.n_inner ?? 4 * c.n_embd,
      vocabSize: c.vocab_size,
    },
    { head: c.tie_word_embeddings === false ? "untied" : "tied" },
    {
      ...geluOption(c.activation_function),
      ...epsilonOption(c.layer_norm_epsilon),
    },
  );
}

export function writeGpt2(config: ModelConfig): HfConfig {
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    n_layer: config.layers,
    n_embd: config.dModel,
    n_head: config.heads,
    n_positions: config.ctx,
    n_ctx: config.ctx,
    n_inner: config.dMlp,
    ...layerNormFields(config),
  };
}

export function readGptNeo(json: unknown): ModelConfig {
  const c = parseFields(gptNeoSchema, json);
  const layers = c.attention_types.reduce((sum, [kinds, count]) => sum + kinds.length * count, 0);
  if (layers !== c.num_layers) {
    throw fieldProblem("attention_types", `kinds of ${c.num_layers} layers`, layers);
  }
  const kinds = c.attention_types.flatMap(([kinds, count]) => Array(count).fill(kinds).flat());
  const isLimited = c.window_size < c.max_position_embeddings && kinds.includes("local");
  return modelConfig(
    {
      layers: c.num_layers,
      dModel: c.hidden_size,
      heads: c.num_heads,
      ctx: c.max_position_embeddings,
      dMlp: c.intermediate_size ?? 4 * c.hidden_size,
      vocabSize: c.vocab_size,
    },
    { head: c.tie_word_embeddings === false ? "untied" : "tied" },
    {
      ...geluOption(c.activation_function),
      ...epsilonOption(c.layer_norm_epsilon),
      attentionScale: 1,
      ...(isLimited ? { windows: kinds.map((kind) => kind === "local" ? c.window_size : 0) } : {}),
      withoutBias: ["attn.q_proj", "attn.k_proj", "attn.v_proj"],
    },
  );
}

export function writeGptNeo(config: ModelConfig): HfConfig {
  const windows = config.imported?.windows ?? Array(config.layers).fill(0);
  const kinds = windows.map((keys) => keys === 0 ? "global" : "local");
  return {
    architectures: ["GPTNeoForCausalLM"],
    model_type: "gpt_neo",
    num_layers: config.layers,
    hidden_size: config.dModel,
    num_heads: config.heads,
    max_position_embeddings: config.ctx,
    intermediate_size: config.dMlp,
    attention_types: [[kinds, 1]],
    attention_layers: kinds,
    window_size: Math.max(...windows) || 256,
    ...layerNormFields(config),
  };
}

function layerNormFields(config: ModelConfig): HfConfig {
  return {
    vocab_size: config.vocabSize,
    activation_function: config.imported?.gelu === "tanh" ? "gelu_new" : "gelu",
    layer_norm_epsilon: config.imported?.normEpsilon ?? DEFAULT_NORM_EPSILON,
    tie_word_embeddings: architectureOf(config).head === "tied",
  };
}
