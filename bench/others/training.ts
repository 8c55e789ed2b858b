// Speed of training one shape, every engine from the same weights on the same batch.

import type { Shape } from "../shapes.ts";
import { OURS, OURS_IN_DENO, Rates, withRunners } from "./rates.ts";
import type { Runner } from "./runner.ts";
import type { Site } from "./site.ts";
import { bytesOf, freshWeights, TEXT } from "./task.ts";

/** Losses that have to agree: those after an update depend on the gradient and the optimizer. */
export const CHECKED_STEPS = 3;
/** Largest relative difference of losses. */
const TOLERANCE = 1e-3;

export interface TrainingResult {
  rates: Rates;
  /** Largest relative difference from our losses; or why an engine could not train this shape. */
  outcomes: Map<string, number | string>;
}

/** Serves one training problem. @returns its URL, to which each part's ending is added. */
async function putTask(site: Site, { config, batchSize }: Shape): Promise<string> {
  const { ctx } = config;
  const rows = Array.from({ length: batchSize }, (_, i) => i * (ctx + 1));
  const ids = (shift: number) =>
    Int32Array.from(rows.flatMap((from) => [...TEXT.subarray(from + shift, from + shift + ctx)]));
  site.put("/training.json", JSON.stringify({ config, batchSize }));
  site.put("/training.weights", bytesOf(await freshWeights(config)));
  site.put("/training.tokens", bytesOf(ids(0)));
  site.put("/training.targets", bytesOf(ids(1)));
  return `${site.url}/training`;
}

/**
 * Rounds alternate over the engines; each trains for `leastMs` at a time.
 * @throws when an engine's losses are not ours.
 */
export async function measureTraining(
  site: Site,
  shape: Shape,
  { rounds, leastMs }: { rounds: number; leastMs: number },
): Promise<TrainingResult> {
  const taskUrl = await putTask(site, shape);
  const tokens = shape.batchSize * shape.config.ctx;
  return withRunners(site, [OURS, OURS_IN_DENO, "jax-js", "tfjs"], async (runners) => {
    const outcomes = await openAll(runners, taskUrl);
    const able = [...runners].filter(([name]) => typeof outcomes.get(name) === "number");
    const rates = new Rates();
    for (let round = 1; round <= rounds; round++) {
      console.error(`round ${round} of ${rounds}`);
      for (const entry of able) {
        await rates.measure(entry, { ask: "train", leastMs }, ({ steps }) => steps! * tokens);
      }
    }
    return { rates, outcomes };
  });
}

async function openAll(runners: ReadonlyMap<string, Runner>, taskUrl: string) {
  const outcomes = new Map<string, number | string>();
  let expected: number[] | undefined;
  for (const [name, runner] of runners) {
    const question = { ask: "open training", taskUrl, steps: CHECKED_STEPS } as const;
    try {
      const losses = await runner.ask(question);
      outcomes.set(name, difference(losses, expected ??= losses));
    } catch (error) {
      if (!expected) throw error;
      outcomes.set(name, String(error).split("\n")[0]);
    }
    const outcome = outcomes.get(name)!;
    if (typeof outcome === "number" && !(outcome <= TOLERANCE)) {
      throw new Error(`${name} computes another loss than ours: ${outcome} apart`);
    }
  }
  return outcomes;
}

/** Largest relative difference; infinite where a loss is not finite or does not fall. */
function difference(losses: readonly number[], expected: readonly number[]): number {
  if (!(losses.at(-1)! < losses[0])) return Infinity;
  return Math.max(...losses.map((loss, i) => Math.abs(loss / expected[i] - 1)));
}
