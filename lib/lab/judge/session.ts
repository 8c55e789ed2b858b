// A judge's run from beginning to end: what is left to ask comes from the server, what is answered
// is kept by who asks until the server has it. Knows no page and no command line.

import pRetry from "p-retry";
import { TinyproofError } from "../../errors.ts";
import type { Asking } from "./ask.ts";
import { costOf, type Price } from "./endpoint.ts";
import { type BegunRun, type OutcomeDraft, outcomeDraft, type ToldProgress } from "./protocol.ts";
import { type JudgeProgress, type RunEnd, runJudge } from "./run.ts";

/** The server, as far as a run needs it. Both throw a TinyproofError for what it refuses. */
export interface JudgeBoard {
  begin(): Promise<BegunRun>;
  send(runId: string, outcomes: OutcomeDraft[]): Promise<ToldProgress>;
}

/** Where paid answers are until the server has them: they survive the page or the process. */
export interface OutcomeKeep {
  add(runId: string, outcome: OutcomeDraft): Promise<void>;
  /** Of a run, oldest first. */
  waiting(runId: string): Promise<OutcomeDraft[]>;
  forget(runId: string, keys: readonly string[]): Promise<void>;
}

export interface JudgeSession extends Asking {
  board: JudgeBoard;
  keep: OutcomeKeep;
  concurrency: number;
  price: Price | null;
  mostCost: number | null;
  newKey(): string;
  onBegun(run: BegunRun): void;
  onProgress(progress: JudgeProgress, kept: ToldProgress | null): void;
}

const BATCH = 50;
const SEND_RETRIES = 5;

/**
 * Sends what an earlier run left behind, asks what is open, keeps and sends each answer.
 *
 * @throws {JudgeRefusal} when the endpoint refuses.
 * @throws {TinyproofError} when the server refuses, or cannot be reached for a while: what was
 * answered is kept and goes first when the same run is begun again.
 */
export async function judgeSet(
  session: JudgeSession,
): Promise<{ end: RunEnd; progress: JudgeProgress }> {
  const { board, keep, newKey, price } = session;
  let run = await board.begin();
  const left = await keep.waiting(run.id);
  for (let from = 0; from < left.length; from += BATCH) {
    await sendKept(session, run.id, left.slice(from, from + BATCH));
  }
  if (left.length > 0) run = await board.begin();
  session.onBegun(run);
  return await runJudge({
    ...session,
    template: run.template,
    levels: run.levels,
    tasks: run.tasks,
    async onOutcome(outcome, progress) {
      const draft = outcomeDraft(outcome, newKey(), price && costOf(outcome.usage, price));
      await keep.add(run.id, draft);
      session.onProgress(progress, null);
      session.onProgress(progress, await sendKept(session, run.id, [draft]));
    },
  });
}

async function sendKept(
  { board, keep, firstWaitMs, wait, signal }: JudgeSession,
  runId: string,
  outcomes: OutcomeDraft[],
): Promise<ToldProgress> {
  const progress = await pRetry(() => board.send(runId, outcomes), {
    retries: SEND_RETRIES,
    minTimeout: 0,
    maxTimeout: 0,
    signal,
    // What the server refuses it refuses again; a connection may come back.
    shouldRetry: ({ error }) => !(error instanceof TinyproofError),
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) =>
      retriesLeft > 0 && !(error instanceof TinyproofError)
        ? wait(firstWaitMs * 2 ** (attemptNumber - 1), signal)
        : undefined,
  });
  await keep.forget(runId, outcomes.map(({ key }) => key));
  return progress;
}
