// Spot checks of runs that are over the budget: which segments a nonce draws, what they are to be
// asked for, and what they say together. Runs nothing and knows no SQL.

import { concatBytes, fromHex, uint32le, utf8 } from "../bytes.ts";
import { sha256 } from "../hash.ts";
import { replayBudget, trainingFlops } from "./cost.ts";
import { sampleInWords } from "./sample_chance.ts";
import type { Recipe } from "./recipe.ts";
import { stateBytes } from "./segments.ts";
import type { Chain, Segment, VerificationResult } from "./types.ts";

/** What a nonce draws from, and how much of it. */
export interface Draw {
  /** 32 bytes, hexadecimal; drawn when the leaves were submitted. */
  nonce: string;
  recipeHash: string;
  /** Segments of the run, each from one leaf to the next. */
  of: number;
  count: number;
}

/**
 * The segments that are replayed, ascending; segment i runs from leaf i to leaf i + 1.
 *
 * Block k is SHA-256("spot-check/v1" | nonce, 32 bytes | recipe hash, 32 bytes | k u32). Its eight
 * little-endian uint32 are taken one after the other: a word below the largest multiple of `of` that
 * 2^32 holds gives the segment word mod `of`; any other, and a segment drawn already, is passed over.
 *
 * @throws {RangeError} when more segments are wanted than there are.
 */
export async function drawSegments({ nonce, recipeHash, of, count }: Draw): Promise<number[]> {
  if (count > of) throw new RangeError(`Expected at most ${of} segments, got ${count}`);
  const fair = 2 ** 32 - 2 ** 32 % of;
  const drawn = new Set<number>();
  for (let k = 0; drawn.size < count; k++) {
    const parts = [utf8("spot-check/v1"), fromHex(nonce), fromHex(recipeHash), uint32le(k)];
    const view = new DataView((await sha256(concatBytes(parts))).buffer);
    for (let at = 0; at < 32 && drawn.size < count; at += 4) {
      const word = view.getUint32(at, true);
      if (word < fair) drawn.add(word % of);
    }
  }
  return [...drawn].sort((a, b) => a - b);
}

/** What a board can do of one spot check. */
export interface SpotLimits {
  /** Training FLOPs of all segments together. */
  flops: number;
  /** Engine memory of a replay. */
  memoryBytes: number;
  segments: number;
  /** Of all states together. */
  stateBytes: number;
}

/** How many segments can be checked, or why none. */
export type SpotPlan = { count: number } | { count: 0; why: string };

/** As many as the limits allow; every segment alone has to fit. */
export function planSpotCheck(
  { recipe, chain: { leafSteps }, parameters }: {
    recipe: Recipe;
    chain: Pick<Chain, "leafSteps">;
    parameters: number;
  },
  limits: SpotLimits,
): SpotPlan {
  if (recipe.earlyStop) {
    return none("where the run ends follows from evaluations that its checkpoints do not hold");
  }
  if (replayBudget(recipe).memoryBytes > limits.memoryBytes) {
    return none("a segment takes more memory than a replay may");
  }
  const lengths = leafSteps.slice(1).map((step, i) => step - leafSteps[i]);
  const steps = Math.max(0, ...lengths);
  const flops = trainingFlops({ ...recipe, steps });
  if (flops > limits.flops) {
    return none(`one segment of ${steps} steps takes ${flops} operations already`);
  }
  const size = stateBytes({ leafCount: leafSteps.length, parameters });
  // Those that segments start from, and that of the end.
  const affordable = Math.floor(limits.stateBytes / size) - 1;
  if (affordable < 1) return none(`its states take ${size} bytes each`);
  const count = Math.min(
    ...[Math.floor(limits.flops / flops), limits.segments, affordable, lengths.length],
  );
  return count < 1 ? none("this board makes none") : { count };
}

function none(why: string): SpotPlan {
  return { count: 0, why };
}

/**
 * What is replayed: the drawn segments and always both ends. Without leaf 0 a run could begin with
 * anything; without the end the file's weights need not be those of the last leaf. Each costs no
 * step of training.
 */
export function spotParts(of: number, drawn: readonly number[]): Segment[] {
  return [
    ...drawn[0] === 0 ? [] : [{ from: 0, to: 0 }],
    ...drawn.map((from) => ({ from, to: from + 1 })),
    ...drawn.at(-1) === of - 1 ? [] : [{ from: of, to: of }],
  ];
}

/** Leaves whose states the author is asked for: the first follows from the seed. */
export function wantedLeaves(parts: readonly Segment[]): number[] {
  return parts.flatMap(({ from }) => from === 0 ? [] : [from]);
}

/** The segments among the parts. */
export function drawnSegments(parts: readonly Segment[]): number[] {
  return parts.flatMap(({ from, to }) => to === from + 1 ? [from] : []);
}

/**
 * What the parts of a spot check say together: `sampled` when all agree, else the first that does
 * not. Nothing is taken from the states but where they start: their curves are their author's word.
 */
export function joinSample(
  parts: readonly VerificationResult[],
  { leafSteps, of, draw }: { leafSteps: readonly number[]; of: number; draw: readonly number[] },
): VerificationResult {
  const sorted = [...parts].sort((a, b) => end(a) - end(b) || start(a) - start(b));
  const other = sorted.find((part) => part.verdict !== (end(part) === of ? "exact" : "sampled"));
  const sum = (of: (part: VerificationResult) => number) =>
    sorted.reduce((total, part) => total + of(part), 0);
  return {
    ...(other ?? sorted[sorted.length - 1]),
    ...(other ? {} : { verdict: "sampled", reasons: [sampleInWords({ of, count: draw.length })] }),
    segment: null,
    // Only parts of the run were computed, so neither its head nor its weights were.
    recomputedHead: null,
    trainedDigest: null,
    losses: sorted.flatMap((part) =>
      part.losses.filter(({ step }) =>
        step > leafSteps[start(part)] && step <= leafSteps[end(part)]
      )
    ),
    leavesCompared: sum(({ leavesCompared }) => leavesCompared),
    verifiers: sorted.flatMap(({ verifiers }) => verifiers),
    cost: {
      flops: sum(({ cost }) => cost.flops),
      wallMs: Math.max(...sorted.map(({ cost }) => cost.wallMs)),
    },
  };
}

function start({ segment }: VerificationResult): number {
  return segment?.from ?? 0;
}

function end({ segment }: VerificationResult): number {
  return segment?.to ?? 0;
}

/** What a report says of a draw, so that anybody can repeat it. */
export interface SampleScope {
  nonce: string;
  /** Segments of the run. */
  segments: number;
  /** Indexes of those that were replayed, from 0, ascending. */
  drawn: number[];
}

/** Whether the segments are those that follow from the nonce. */
export async function drawAgrees(
  { nonce, segments, drawn }: SampleScope,
  recipeHash: string,
): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(nonce) || drawn.length > segments) return false;
  const own = await drawSegments({ nonce, recipeHash, of: segments, count: drawn.length });
  return own.length === drawn.length && own.every((index, i) => index === drawn[i]);
}
