// The engine's public interface: train, score and generate on token ids. Knows no text, file or recipe.

import type { ModelConfig } from "../format/config.ts";
import type { Arithmetic } from "./quantize.ts";

/** Learning rate over steps, all under contract exact/1 (docs/exactness.md). */
export interface Schedule {
  name: "constant" | "linear" | "cosine" | "wsd";
  /** Steps of linear warm-up from 0; step s of warm-up uses s / warmupSteps of the peak. */
  warmupSteps: number;
  /** Learning rate at the last step; ignored by "constant". */
  minLearningRate: number;
  /** Last steps, over which "wsd" falls from the peak in a straight line; of no other schedule. */
  decaySteps?: number;
}

/** Which tensors decay when it is not matrices and embeddings, the usual rule. */
export type WeightDecayMask = "no-embeddings" | "all";

/** Muon (Jordan et al. 2024) for the matrices of the blocks, with Nesterov momentum. */
export interface MuonConfig {
  /** Peak; it follows the schedule of the other learning rate in proportion. */
  learningRate: number;
  momentum: number;
}

/** AdamW with decoupled weight decay (Loshchilov & Hutter 2019). */
export interface OptimizerConfig {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  weightDecayMask?: WeightDecayMask;
  /** Largest global gradient norm; 0 turns clipping off. */
  gradClip: number;
  schedule: Schedule;
  /** Takes the matrices of the blocks from AdamW. Their `m` is the momentum, their `v` stays 0. */
  muon?: MuonConfig;
  /** Coefficient of z-loss, the mean of (log Z)² (Chowdhery et al. 2022, PaLM); usually 1e-4. */
  zLoss?: number;
}

export interface TrainerOptions {
  config: ModelConfig;
  optimizer: OptimizerConfig;
  /** Rows computed at a time: one micro-batch. */
  batchSize: number;
  /** Micro-batches of a step, 1 when absent. Their number changes memory alone: k of B are k·B rows. */
  accumulationSteps?: number;
  /** Total steps of the run: the schedule ends here. */
  steps: number;
  /** Non-negative safe integer. */
  seed: number;
}

/** Whole rows of tokens and targets, both [rows, ctx] row-major. `targets` below 0 are not scored. */
export interface Batch {
  tokens: Int32Array;
  targets: Int32Array;
}

export interface StepResult {
  /** Steps done so far, counting this one. */
  step: number;
  /** Mean cross-entropy in nats over the scored targets, binary64; z-loss is left out. */
  lossNats: number;
  /** Global gradient norm before clipping, z-loss included. */
  gradNorm: number;
  learningRate: number;
}

/** Weights and Adam moments, each flat float32 in the order of `tensorSpecs`. */
export interface TrainState {
  step: number;
  weights: Float32Array;
  m: Float32Array;
  v: Float32Array;
}

/** One training run. The state lives in the engine's memory. */
export interface Trainer {
  readonly step: number;
  /**
   * One update from the batchSize · accumulationSteps rows of a step.
   * @throws {DivergedError} when the loss or gradient is not finite.
   */
  trainStep(batch: Batch): Promise<StepResult>;
  /** A copy of the state. @throws {DivergedError} when a value in it is not finite. */
  state(): TrainState;
  /** Continues from `state`; the bits are those of a run never interrupted. */
  restore(state: TrainState): void;
  /** Mean cross-entropy of any number of rows with the present weights; changes nothing. */
  evaluate(batch: Batch): Promise<number>;
  close(): void;
}

export interface SamplingOptions {
  /** 0 is greedy; the lowest token id wins ties. */
  temperature: number;
  /** Keep the k likeliest tokens; 0 keeps all. */
  topK?: number;
  /** Keep the smallest set of likeliest tokens whose probabilities reach p; 1 keeps all. */
  topP?: number;
  /** Non-negative safe integer. Row r, position i draws counter (r, i): batch-independent. */
  seed?: number;
}

export interface GenerateOptions extends SamplingOptions {
  /** Most new tokens per prompt. */
  maxTokens: number;
  /** Called with each row's new tokens so far; true ends that row. */
  stop?: (row: number, tokens: readonly number[]) => boolean;
  /** Called with each new token and the logits it was drawn from, before `stop`. */
  onToken?: (row: number, token: number, logits: Float32Array) => void;
  signal?: AbortSignal;
}

/** Names in brackets: those of Hugging Face transformers' `generate`. */
export interface BeamOptions {
  /** Texts kept at each step, 1..64 (num_beams). */
  beams: number;
  /** Most new tokens, at least 1 (max_new_tokens; max_length less the prompt). */
  maxTokens: number;
  /** New tokens before the end token may come; 0 unless given (min_new_tokens). */
  minTokens?: number;
  /** The token that ends a text, and is its last; without it texts end at maxTokens (eos_token_id). */
  endToken?: number;
  /** Scores are divided by the number of new tokens to this power; 1 unless given. */
  lengthPenalty?: number;
  /** End as soon as `beams` texts have ended; false unless given, then a better one is waited for. */
  earlyStopping?: boolean;
  signal?: AbortSignal;
}

/** A text that beam search found. */
export interface Hypothesis {
  /** New tokens, the end token included. */
  tokens: number[];
  /** Sum of their log-probabilities in nats, divided by their number to the length penalty. */
  score: number;
}

export interface LoadOptions {
  /** Of the matrix products: "exact" unless given. Results of two arithmetics are never compared. */
  arithmetic?: Arithmetic;
}

/** Told what a model computes of a text of n tokens, in that order. Arrays are the visitor's to keep. */
export interface TraceVisitor {
  /**
   * Logits of each position, n rows of vocabSize, as if the model ended after `depth` blocks: 0 is
   * the embeddings alone, the number of layers the model itself.
   */
  logits?: (depth: number, rows: Float32Array[]) => void;
  /** Weights of attention of one head, [n, n]: row t over the tokens 0..t that it sees, else +0. */
  attention?: (layer: number, head: number, weights: Float32Array) => void;
}

/** A model loaded for inference. */
export interface InferenceModel {
  readonly config: ModelConfig;
  /**
   * Negative log-likelihood in nats of every token but the first, per sequence (each at most
   * ctx + 1 tokens: n tokens give n − 1 values). Equal bits for any grouping of sequences.
   */
  scoreSequences(
    sequences: readonly ArrayLike<number>[],
    signal?: AbortSignal,
  ): Promise<Float32Array[]>;
  /** Logits after the last token of `tokens` (at most ctx), length vocabSize. */
  nextLogits(tokens: ArrayLike<number>): Promise<Float32Array>;
  /** Runs a text of 1 to min(ctx, 512) tokens through the model and tells what happens inside. */
  trace(tokens: ArrayLike<number>, visitor: TraceVisitor): Promise<void>;
  /**
   * Continues each prompt (KV cache, one batch). When a row is longer than ctx its last ctx tokens
   * are the context, at positions 0..ctx−1.
   */
  generate(prompts: readonly ArrayLike<number>[], options: GenerateOptions): Promise<number[][]>;
  /**
   * The likeliest continuations of each prompt, at most `beams`, best first; all prompts and beams in
   * one batch, keys and values shared. A row longer than ctx is treated as by `generate`.
   */
  beamSearch(
    prompts: readonly ArrayLike<number>[],
    options: BeamOptions,
  ): Promise<Hypothesis[][]>;
  close(): void;
}

/** Scalar functions under exact/1, computed inside WebAssembly in binary64. */
export interface ExactMath {
  exp(x: number): number;
  log(x: number): number;
}

export interface Engine {
  /** SHA-256 of the WebAssembly binary, hexadecimal. */
  readonly digest: string;
  /** Compute threads in use. */
  readonly threads: number;
  readonly math: ExactMath;
  /** Weights drawn from the seed: N(0, 0.02), residual projections scaled by 1/sqrt(2·layers). */
  createTrainer(options: TrainerOptions): Promise<Trainer>;
  loadModel(
    config: ModelConfig,
    weights: Float32Array,
    options?: LoadOptions,
  ): Promise<InferenceModel>;
  /** Known-answer test of a few milliseconds. @throws {IntegrityError} when a bit differs. */
  selfTest(): Promise<string>;
  close(): void;
}
