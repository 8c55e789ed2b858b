// How fast each engine was, round by round, and how many times as fast ours was.

import { spread, spreadText } from "../report.ts";
import type { Question } from "./contender.ts";
import { inChromium, inDeno, type Runner } from "./runner.ts";
import type { Site } from "./site.ts";

/** Ours in a browser: what every other is compared with. */
export const OURS = "ours";
export const OURS_IN_DENO = "ours, Deno";

/** Starts an engine of each name and ends them all after `use`. */
export async function withRunners<T>(
  site: Site,
  names: readonly string[],
  use: (runners: Map<string, Runner>) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const runners = new Map<string, Runner>();
  for (const name of names) {
    const runner = name === OURS_IN_DENO
      ? inDeno("ours.ts")
      : await inChromium(`${site.url}/?/${name}.js`);
    runners.set(name, stack.use(runner));
  }
  return await use(runners);
}

/** Tokens or bytes, by engine. Processor time counts every thread, and no waiting for a turn. */
export class Rates {
  readonly #perSecond = new Map<string, number[]>();
  readonly #perProcessorSecond = new Map<string, number[]>();

  /** Asks `question` and notes how long the answer took. @param units done by one answer. */
  async measure<Q extends Question & { ask: "train" | "score" | "generate" }>(
    [name, runner]: [name: string, runner: Runner],
    question: Q,
    units: (answer: { elapsedMs: number; steps?: number }) => number,
  ): Promise<void> {
    const before = await runner.processorSeconds();
    const answer = await runner.ask(question);
    const processorSeconds = await runner.processorSeconds() - before;
    const done = units(answer);
    this.#note(this.#perSecond, name, 1000 * done / answer.elapsedMs);
    this.#note(this.#perProcessorSecond, name, done / processorSeconds);
  }

  #note(rates: Map<string, number[]>, name: string, rate: number): void {
    rates.set(name, [...rates.get(name) ?? [], rate]);
  }

  /** What the columns of `row` are. */
  static readonly HEAD = ["engine", "per second", "ours / it", "per processor second", "ours / it"];

  /** Cells of one engine. Ratios are taken within a round. */
  row(name: string): string[] {
    const cells = [this.#perSecond, this.#perProcessorSecond].flatMap((rates) => {
      const own = rates.get(name), ours = rates.get(OURS)!;
      if (!own) return ["–", "–"];
      const ratios = spread(own.map((rate, i) => ours[i] / rate));
      return [spreadText(spread(own)), name === OURS ? "1" : spreadText(ratios, 2)];
    });
    return [name, ...cells];
  }
}
