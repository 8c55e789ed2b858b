// Writes a finished run, or a checkpoint of one, as a `.tinygpt` file, and reads checkpoints back.
// A checkpoint is an ordinary fp32 file with moments: other tools can open it. Knows no disk.

import * as z from "zod";
import { FormatError } from "../errors.ts";
import type { TrainedIn } from "../format/header.ts";
import { readTinygpt, type TinygptHeader } from "../format/read.ts";
import { writeTinygpt } from "../format/write.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { Recipe } from "./recipe.ts";
import type { RunResult } from "./replay.ts";
import type { RunCheckpoint } from "./run_checkpoint.ts";

/** Header fields older readers show; the recipe is what counts. */
function olderFields(recipe: Recipe): Record<string, unknown> {
  const { optimizer, batchSize, steps, seed, checkpointInterval } = recipe;
  return {
    config: {
      batchSize,
      learningRate: optimizer.learningRate,
      gradClip: optimizer.gradClip,
      maxSteps: steps,
      evalEvery: checkpointInterval,
      seed,
      backend: "wasm",
    },
    corpus: recipe.data.map((data) => "corpus" in data ? data.corpus : data.generator).join(" + "),
  };
}

export interface TrainedFileOptions {
  recipe: Recipe;
  tokenizer: Tokenizer;
  run: RunResult;
  dtype: "fp32" | "fp16";
  /** Also write Adam's moments (fp32 only). */
  optimizerState?: boolean;
  /** Training time in milliseconds, shown as self-reported. */
  trainWallMs: number;
  /** As self-reported as the time; left out by programs that are neither. */
  trainedIn?: TrainedIn;
}

/** The file of a finished run, recipe and chain leaves in its header. */
export function trainedFile(options: TrainedFileOptions): Uint8Array<ArrayBuffer> {
  const { recipe, tokenizer, run, dtype, optimizerState, trainWallMs, trainedIn } = options;
  const { step, weights, m, v } = run.state;
  return writeTinygpt({
    config: recipe.model,
    step,
    weights,
    ...(optimizerState ? { m, v } : {}),
    dtype,
    tokenizer,
    header: {
      ...olderFields(recipe),
      recipe,
      chain: run.chain,
      lossHistory: run.lossHistory,
      ...(recipe.earlyStop ? { devHistory: run.devHistory } : {}),
      finalLoss: run.finalLoss,
      trainWallMs: Math.round(trainWallMs),
      ...(trainedIn ? { trainedIn } : {}),
    },
  });
}

/** A checkpoint and the training time behind it. */
export interface SavedCheckpoint {
  checkpoint: RunCheckpoint;
  /** Of a state between two leaves: see `Snapshot`. */
  digest?: string | null;
  recipeHash: string;
  trainWallMs: number;
}

const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);
const checkpointSchema = z.object({
  recipeHash: z.string(),
  leaves: z.array(sha256Text).min(1),
  digest: sha256Text.nullable().default(null),
  lastLoss: z.number(),
  lossHistory: z.array(z.object({ step: z.number(), loss: z.number() })),
  devHistory: z.array(z.object({ step: z.number(), loss: z.number() })).default([]),
  trainWallMs: z.number(),
});

export type CheckpointHeader = z.output<typeof checkpointSchema>;

/** @throws {FormatError} when the file of this header is no checkpoint. */
export function checkpointHeader(
  { raw, includesOptimizerState }: Pick<TinygptHeader, "raw" | "includesOptimizerState">,
): CheckpointHeader {
  const parsed = checkpointSchema.safeParse(raw.checkpoint);
  if (parsed.success && includesOptimizerState) return parsed.data;
  throw new FormatError("This model file is not a checkpoint of a run", {
    offset: 12,
    expected: "a checkpoint field in the header and optimizer state",
    got: parsed.success ? "no optimizer state" : "no checkpoint field",
    fix: "Delete it; the run begins again.",
  });
}

/** With the run's tokenizer the checkpoint can be opened as a model too. */
export function encodeCheckpoint(
  recipe: Recipe,
  saved: SavedCheckpoint,
  tokenizer: Tokenizer | null = null,
): Uint8Array<ArrayBuffer> {
  const { state, ...run } = saved.checkpoint;
  const { recipeHash, trainWallMs, digest = null } = saved;
  return writeTinygpt({
    config: recipe.model,
    ...state,
    dtype: "fp32",
    tokenizer,
    header: { ...olderFields(recipe), checkpoint: { ...run, digest, recipeHash, trainWallMs } },
  });
}

/** @throws {FormatError} when the bytes are not a whole checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): SavedCheckpoint {
  const file = readTinygpt(bytes);
  const { recipeHash, trainWallMs, digest, ...run } = checkpointHeader(file.header);
  const { step, weights, m, v } = file;
  const state = { step, weights, m: m!, v: v! };
  return { checkpoint: { state, ...run }, digest, recipeHash, trainWallMs };
}
