// Lets a judge score completions, several at a time, category by category. Knows no page, no
// command line and no database: who calls it keeps what it tells.

import pMap from "p-map";
import { ask, type Asking, JudgeFault, JudgeRefusal } from "./ask.ts";
import { addUsage, costOf, type Price, type Usage } from "./endpoint.ts";
import { readVerdicts, type Verdict } from "./parse.ts";
import { type Asked, fillTemplate } from "./template.ts";

/** It answered, and not as asked. */
class UnreadableAnswer extends JudgeFault {}

/** One question: a completion under the criteria of one category. */
export interface JudgeTask {
  itemId: string;
  category: string;
  criteria: readonly Asked[];
  prompt: string;
  completion: string;
}

export type JudgeOutcome =
  & {
    itemId: string;
    category: string;
    usage: Usage;
    /** Tries that were needed, the last one too. */
    tries: number;
    /** The judge's last words; "" when there were none. */
    text: string;
  }
  & ({ status: "scored"; verdicts: Verdict[] } | {
    /** "unreadable": it answered, and not as asked; "failed": it did not answer. */
    status: "unreadable" | "failed";
    reason: string;
  });

export interface JudgeProgress {
  done: number;
  total: number;
  unreadable: number;
  failed: number;
  usage: Usage;
  /** In the currency of the price; null without one. */
  cost: number | null;
}

export interface JudgeRun extends Asking {
  template: string;
  levels: readonly number[];
  tasks: readonly JudgeTask[];
  concurrency: number;
  price: Price | null;
  /** No question is begun once the run has cost as much. */
  mostCost: number | null;
  /** Awaited: what it keeps is kept before the next question of that lane. */
  onOutcome(outcome: JudgeOutcome, progress: JudgeProgress): void | Promise<void>;
}

export type RunEnd = "done" | "stopped" | "budget";

/**
 * Asks every task once and reports each. An answer that cannot be read is asked again, as often as
 * a fault is; then it is reported as such, and may be a task of another run.
 *
 * @throws {JudgeRefusal} when the endpoint refuses the key, the model or the address: outcomes
 * reported before stay good.
 */
export async function runJudge(run: JudgeRun): Promise<{ end: RunEnd; progress: JudgeProgress }> {
  const progress: JudgeProgress = {
    done: 0,
    total: run.tasks.length,
    unreadable: 0,
    failed: 0,
    usage: { inputTokens: 0, outputTokens: 0 },
    cost: run.price && 0,
  };
  const refused = new AbortController();
  const signal = run.signal ? AbortSignal.any([run.signal, refused.signal]) : refused.signal;
  let end: RunEnd = "done";
  try {
    await pMap(run.tasks, async (task) => {
      if (signal.aborted) return;
      if (run.mostCost !== null && progress.cost !== null && progress.cost >= run.mostCost) {
        end = "budget";
        return;
      }
      const outcome = await judgeOne({ ...run, signal }, task);
      if (outcome === null) return;
      count(progress, outcome, run.price);
      await run.onOutcome(outcome, { ...progress });
    }, { concurrency: run.concurrency });
  } catch (error) {
    refused.abort(error);
    throw error;
  }
  if (run.signal?.aborted) end = "stopped";
  return { end, progress };
}

function count(progress: JudgeProgress, outcome: JudgeOutcome, price: Price | null): void {
  progress.done++;
  if (outcome.status !== "scored") progress[outcome.status]++;
  progress.usage = addUsage(progress.usage, outcome.usage);
  progress.cost = price && costOf(progress.usage, price);
}

/** Null when it was stopped before an answer came. */
async function judgeOne(run: JudgeRun, task: JudgeTask): Promise<JudgeOutcome | null> {
  const { itemId, category, criteria } = task;
  const labels = criteria.map(({ label }) => label);
  let usage: Usage = { inputTokens: 0, outputTokens: 0 };
  let tries = 1, text = "";
  const outcome = () => ({ itemId, category, usage, tries, text });
  try {
    const verdicts = await ask(run, fillTemplate(run.template, task), (answer) => {
      // Unreadable answers are paid for as well.
      usage = addUsage(usage, answer.usage);
      text = answer.text;
      const reading = readVerdicts(text, labels, run.levels);
      if ("verdicts" in reading) return reading.verdicts;
      const cut = answer.cutShort === null ? "" : ` (the endpoint stopped: ${answer.cutShort})`;
      throw new UnreadableAnswer(reading.unreadable + cut);
    }, () => tries++);
    return { ...outcome(), status: "scored", verdicts };
  } catch (error) {
    if (run.signal?.aborted && !(error instanceof JudgeRefusal)) return null;
    if (!(error instanceof JudgeFault)) throw error;
    const status = error instanceof UnreadableAnswer ? "unreadable" : "failed";
    return { ...outcome(), status, reason: error.message };
  }
}
