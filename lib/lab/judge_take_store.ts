// What judges said, taken in: scores once, failures until there is a score. Server only.

import type { Kysely, Transaction } from "kysely";
import { PermissionError, ValidationError } from "../errors.ts";
import { jsonb } from "../storage/json.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import { type OutcomeDraft, outcomesSchema, type RunProgress } from "./judge/protocol.ts";
import type { JudgeTask } from "./judge/run.ts";
import { type Judging, tasksOf } from "./judge_gate_store.ts";
import { requireJudgeRun } from "./judge_store.ts";
import { addScores } from "./score_store.ts";
import { requireSet } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import type { Rater } from "./types.ts";

/**
 * Takes in what a judge said. An outcome whose key is known already changes nothing.
 *
 * @throws {PermissionError} for another's run.
 * @throws {ValidationError} for what was not asked of this judge.
 */
export async function takeOutcomes(
  db: Kysely<Database>,
  runId: string,
  owner: Rater,
  document: unknown,
  at: Date,
): Promise<RunProgress> {
  const { outcomes } = parseDocument(outcomesSchema, document, "outcomes");
  const { setId, judge, progress: { owner: runner } } = await requireJudgeRun(db, runId);
  if (runner !== owner.id) {
    throw new PermissionError("This is another's run", {
      expected: "the rater who began it",
      got: owner.name,
      fix: "Begin one of your own.",
    });
  }
  const set = await requireSet(db, setId);
  const rubric = await requireRubric(db, set.rubricId);
  const { all } = await tasksOf(db, { set, rubric, judge });
  const asked = new Map(all.map((task) => [`${task.itemId}\n${task.category}`, task]));
  return await db.transaction().execute(async (transaction) => {
    const { progress } = await transaction.selectFrom("lab_judge_run").select("progress")
      .where("id", "=", runId).forUpdate().executeTakeFirstOrThrow();
    let next = progress as unknown as RunProgress;
    for (const outcome of outcomes) {
      const task = asked.get(`${outcome.itemId}\n${outcome.category}`);
      if (task === undefined) throw notAsked(outcome.category, "a question of this run");
      next = await takeOne(transaction, { set, rubric, judge }, next, { outcome, task, at });
    }
    await transaction.updateTable("lab_judge_run")
      .set({ progress: jsonb(next), updated_at: at }).where("id", "=", runId).execute();
    return next;
  });
}

async function takeOne(
  db: Transaction<Database>,
  judging: Judging,
  progress: RunProgress,
  { outcome, task, at }: { outcome: OutcomeDraft; task: JudgeTask; at: Date },
): Promise<RunProgress> {
  const { itemId, category, key } = outcome;
  if (progress.failures.some((failure) => failure.key === key)) return progress;
  const others = progress.failures.filter((failure) =>
    failure.itemId !== itemId || failure.category !== category
  );
  if (outcome.status === "scored") {
    const added = await addVerdicts(db, judging, { verdicts: outcome, task, at });
    if (added === 0) return progress;
    return { ...counted(progress, outcome), scored: progress.scored + 1, failures: others };
  }
  const { status, reason, text } = outcome;
  const failure = { key, itemId, category, status, reason, text };
  return { ...counted(progress, outcome), failures: [...others, failure] };
}

function counted(progress: RunProgress, { usage, tries, cost }: OutcomeDraft): RunProgress {
  return {
    ...progress,
    inputTokens: progress.inputTokens + usage.inputTokens,
    outputTokens: progress.outputTokens + usage.outputTokens,
    tries: progress.tries + tries,
    cost: cost === null ? progress.cost : (progress.cost ?? 0) + cost,
  };
}

/** How many scores were new. */
async function addVerdicts(
  db: Transaction<Database>,
  { set, rubric, judge }: Judging,
  { verdicts: { key, itemId, category, verdicts }, task, at }: {
    verdicts: Extract<OutcomeDraft, { status: "scored" }>;
    task: JudgeTask;
    at: Date;
  },
): Promise<number> {
  const known = await db.selectFrom("lab_score").select("seq")
    .where("event_key", "=", `${key}-${verdicts[0].label}`).executeTakeFirst();
  if (known) return 0;
  const events = verdicts.map(({ label, score, explanation }) => {
    const criterion = rubric.criteria.find((each) =>
      each.category === category && each.code === label
    );
    const isAsked = task.criteria.some((each) => each.label === label);
    if (!criterion || !isAsked || !rubric.levels.includes(score)) {
      const expected = task.criteria.map((each) => each.label).join(", ");
      throw notAsked(`${category} ${label} ${score}`, `${expected} with a score of the rubric`);
    }
    return {
      ...{ itemId, criterion: criterion.id, raterId: judge.id, round: 0, value: score, at },
      note: explanation || null,
      judgeShown: false,
      key: `${key}-${label}`,
    };
  });
  return await addScores(db, set.id, events);
}

function notAsked(got: string, expected: string): ValidationError {
  return new ValidationError("That was not asked of this judge", {
    path: "outcomes",
    expected,
    got: got.slice(0, 80),
    fix: "Begin the run again: it tells what is left to ask.",
  });
}
