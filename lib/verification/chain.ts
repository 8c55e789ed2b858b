// The hash chain a run leaves behind: one leaf per checkpoint. Knows no training and no file.

import * as z from "zod";
import { bytesOf, float64le, fromHex, toHex, uint32le, uint64le, utf8 } from "../bytes.ts";
import type { TrainState } from "../engine/engine.ts";
import { sha256, sha256Now } from "../hash.ts";
import { MAX_CHECKPOINTS, type Recipe, rowsPerStep } from "./recipe.ts";
import { parseDocument } from "./schema.ts";
import type { Chain } from "./types.ts";

/** One checkpoint. Arrays are flat float32 in the order of `tensorSpecs`. */
export interface LeafInput {
  /** Index of the leaf; 0 is step 0. */
  j: number;
  step: number;
  /** Positions trained on so far. */
  tokens: number;
  weights: Float32Array;
  m: Float32Array;
  v: Float32Array;
  /** Loss of that step; +0 at step 0. */
  lossNats: number;
}

/**
 * SHA-256("ckpt/v1" | j u32 | step u32 | tokens u64 | H(weights) | H(m) | H(v) | loss f64),
 * little-endian, no padding. 32 bytes.
 */
export async function leafHash(leaf: LeafInput): Promise<Uint8Array<ArrayBuffer>> {
  const arrays = [leaf.weights, leaf.m, leaf.v];
  const digests = await Promise.all(arrays.map((array) => sha256(bytesOf(array))));
  return leafOfDigests({ ...leaf, digests });
}

/** The same from the SHA-256 of weights, m and v, in that order. */
export function leafOfDigests(
  { j, step, tokens, digests, lossNats }:
    & Pick<LeafInput, "j" | "step" | "tokens" | "lossNats">
    & { digests: readonly Uint8Array[] },
): Uint8Array<ArrayBuffer> {
  return sha256Now(
    utf8("ckpt/v1"),
    uint32le(j),
    uint32le(step),
    uint64le(tokens),
    ...digests,
    float64le(lossNats),
  );
}

/** SHA-256(recipe hash, 32 bytes | seed u64): the head before any leaf. */
export function chainStart(recipeHash: string, seed: number): Uint8Array<ArrayBuffer> {
  return sha256Now(fromHex(recipeHash), uint64le(seed));
}

/** SHA-256("chain/v1" | previous head | leaf). */
export function chainNext(head: Uint8Array, leaf: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256Now(utf8("chain/v1"), head, leaf);
}

/** Head of a chain with these leaves, hexadecimal: every leaf is folded, leaf 0 included. */
export function chainHead(recipeHash: string, seed: number, leaves: readonly string[]): string {
  let head = chainStart(recipeHash, seed);
  for (const leaf of leaves) head = chainNext(head, fromHex(leaf));
  return toHex(head);
}

/** Step of every leaf: 0, interval, 2·interval, … and always the last step. */
export function leafSteps({ steps, checkpointInterval }: {
  steps: number;
  checkpointInterval: number;
}): number[] {
  const atSteps: number[] = [];
  for (let step = 0; step < steps; step += checkpointInterval) atSteps.push(step);
  atSteps.push(steps);
  return atSteps;
}

/** Collects the leaves of one run, in order. One may be hashed while the run goes on. */
export class ChainBuilder {
  #recipe: Recipe;
  #recipeHash: string;
  #steps: number[];
  #leaves: string[];
  /** Leaves so far, one that is still hashed included. */
  #begun: number;

  /** `leaves` are those of an interrupted run, to continue from. */
  constructor(recipe: Recipe, recipeHash: string, leaves: readonly string[] = []) {
    this.#recipe = recipe;
    this.#recipeHash = recipeHash;
    this.#steps = leafSteps(recipe);
    this.#leaves = [...leaves];
    this.#begun = leaves.length;
  }

  /** Number of leaves, one that is still hashed included. */
  get length(): number {
    return this.#begun;
  }

  get leaves(): readonly string[] {
    return this.#leaves;
  }

  /** Step at which the next leaf is due, or undefined after the last. */
  get nextStep(): number | undefined {
    return this.#steps[this.#begun];
  }

  /** The run ends at this step, before its next leaf would be due: that of the end comes next. */
  endAt(step: number): void {
    this.#steps = leafSteps({ ...this.#recipe, steps: step });
  }

  /**
   * Adds the leaf of `state` and returns it, hexadecimal. Hashing begins at once, and the next leaf
   * is added when this one is done.
   *
   * @throws {RangeError} when no leaf is due at that step.
   */
  async add(state: TrainState, lossNats: number): Promise<string> {
    const { step } = state, j = this.#begun;
    if (step !== this.nextStep || j !== this.#leaves.length) {
      throw new RangeError(`Expected the leaf of step ${this.nextStep}, got step ${step}`);
    }
    this.#begun++;
    const tokens = step * rowsPerStep(this.#recipe) * this.#recipe.model.ctx;
    const leaf = toHex(await leafHash({ ...state, j, tokens, lossNats }));
    this.#leaves.push(leaf);
    return leaf;
  }

  /** The chain of the leaves so far. */
  result(): Chain {
    const { seed, checkpointInterval } = this.#recipe;
    return {
      interval: checkpointInterval,
      leafSteps: this.#steps.slice(0, this.#leaves.length),
      leaves: [...this.#leaves],
      head: chainHead(this.#recipeHash, seed, this.#leaves),
    };
  }
}

const digest = () => z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");
const chainSchema = z.strictObject({
  interval: z.int().min(1),
  leafSteps: z.array(z.int().min(0)).min(1).max(MAX_CHECKPOINTS + 1),
  leaves: z.array(digest()).min(1).max(MAX_CHECKPOINTS + 1),
  head: digest(),
});

/**
 * Validates a chain from a file's header. Whether it follows from a run is for a replay to say.
 *
 * @throws {ValidationError} with path, expected and got.
 */
export function parseChain(value: unknown): Chain {
  return parseDocument(chainSchema, value, "chain");
}

/** The chain of a stored header, or null when it is none. */
export function chainOrNull(value: unknown): Chain | null {
  const parsed = chainSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
