// Between `config.json` of Hugging Face models and our model shape. Knows no tensors.

import * as z from "zod";
import canonicalize from "canonicalize";
import { ValidationError } from "../errors.ts";
import { type Architecture, architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import { DEFAULT_LIMITS } from "../format/limits.ts";
import {
  DEFAULT_NORM_EPSILON,
  type ImportedOptions,
  type Projection,
  type RotaryScaling,
} from "../format/imported.ts";

export const FAMILIES = ["gpt2", "gpt_neo", "llama"] as const;
/** `model_type` of the kinds of model that can be exchanged. */
export type Family = typeof FAMILIES[number];

export interface FamilyModel {
  family: Family;
  config: ModelConfig;
}

const size = z.int({ error: "a whole number" }).positive({ error: "a number above 0" });
const factor = z.number({ error: "a number" });
const flag = (only?: boolean) =>
  only === undefined
    ? z.boolean({ error: "true or false" }).nullish()
    : z.literal(only, { error: `${only}: nothing else is computed here` }).nullish();
const GELU_NAMES = {
  gelu: "erf",
  gelu_new: "tanh",
  gelu_pytorch_tanh: "tanh",
  gelu_fast: "tanh",
} as const;
const gelu = z.enum(["gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast"], {
  error: `one of ${Object.keys(GELU_NAMES).join(", ")}`,
}).default("gelu_new");

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

/**
 * Reads a `config.json`.
 * @throws {ValidationError} for another kind of model, or an option that is not computed here.
 */
export function readHfConfig(json: unknown): FamilyModel {
  const family = (json as Record<string, unknown> | null)?.model_type;
  const readers = { gpt2: readGpt2, gpt_neo: readGptNeo, llama: readLlama };
  if (typeof family !== "string" || !Object.hasOwn(readers, family)) {
    throw problem("model_type", `one of ${FAMILIES.join(", ")}`, family);
  }
  return { family: family as Family, config: readers[family as Family](json) };
}

/**
 * The `config.json` of a model of ours: of the first family that has such models.
 * @throws {ValidationError} when none has.
 */
export function writeHfConfig(config: ModelConfig): { family: Family; json: HfConfig } {
  for (const [family, write] of Object.entries({ gpt2, gpt_neo, llama })) {
    const json = write(config);
    // A family can hold what it reads back unchanged.
    if (canonicalize(readOrNull(json)) === canonicalize(config)) {
      return { family: family as Family, json };
    }
  }
  throw new ValidationError("No kind of Hugging Face model has this shape", {
    path: "model",
    expected: "a shape of GPT-2 (without arch), GPT-Neo, or Llama (RMS norm, rotary, SwiGLU)",
    got: canonicalize({ arch: config.arch, imported: config.imported }),
    fix:
      "Only these can be exported; the .tinygpt file itself is documented in docs/file-format.md.",
  });
}

export type HfConfig = Record<string, unknown>;

function readGpt2(json: unknown): ModelConfig {
  const c = parse(gpt2Schema, json);
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

function gpt2(config: ModelConfig): HfConfig {
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

function readGptNeo(json: unknown): ModelConfig {
  const c = parse(gptNeoSchema, json);
  const layers = c.attention_types.reduce((sum, [kinds, count]) => sum + kinds.length * count, 0);
  if (layers !== c.num_layers) {
    throw problem("attention_types", `kinds of ${c.num_layers} layers`, layers);
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

function gpt_neo(config: ModelConfig): HfConfig {
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

function readLlama(json: unknown): ModelConfig {
  const c = parse(llamaSchema, json);
  const width = c.hidden_size / c.num_attention_heads;
  if (c.head_dim != null && c.head_dim !== width) {
    throw problem("head_dim", `hidden_size / num_attention_heads, ${width}`, c.head_dim);
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

function llama(config: ModelConfig): HfConfig {
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
    throw problem(`rope_scaling.${field}`, `a number beside type ${type}`, value);
  };
  if (type === "default") return {};
  if (type === "linear") return { rotaryScaling: { type, factor: needed("factor") } };
  if (type !== "llama3") throw problem("rope_scaling.rope_type", "default, linear or llama3", type);
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

/** The one form of a shape: `arch` and `imported` only where they say something. */
function modelConfig(
  sizes: Omit<ModelConfig, "arch" | "imported">,
  change: Partial<Architecture>,
  imported: ImportedOptions,
): ModelConfig {
  const classic = architectureOf(sizes);
  const arch = { ...classic, ...change };
  return {
    ...sizes,
    ...(canonicalize(arch) === canonicalize(classic) ? {} : { arch }),
    ...(Object.keys(imported).length === 0 ? {} : { imported }),
  };
}

function geluOption(name: keyof typeof GELU_NAMES): Pick<ImportedOptions, "gelu"> {
  return GELU_NAMES[name] === "tanh" ? { gelu: "tanh" } : {};
}

function epsilonOption(normEpsilon: number): Pick<ImportedOptions, "normEpsilon"> {
  return Math.fround(normEpsilon) === Math.fround(DEFAULT_NORM_EPSILON) ? {} : { normEpsilon };
}

function parse<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const found = path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  );
  throw problem(path.join("."), message, found);
}

function readOrNull(json: HfConfig): ModelConfig | null {
  try {
    return readHfConfig(json).config;
  } catch (error) {
    if (error instanceof ValidationError) return null;
    throw error;
  }
}

function problem(path: string, expected: string, found: unknown): ValidationError {
  const got = (JSON.stringify(found) ?? "nothing").slice(0, 80);
  return new ValidationError(`config.json, ${path}: expected ${expected}, got ${got}`, {
    path,
    expected,
    got,
    fix:
      "Choose a GPT-2, GPT-Neo or Llama model whose options are listed in docs/import-export.md.",
  });
}
