// Runs of judges, kept: who asks what of whom, and how far it is. Server only.

import { type Kysely, sql } from "kysely";
import { NotFoundError, PermissionError } from "../errors.ts";
import { randomId } from "../storage/ids.ts";
import { jsonb, storable } from "../storage/json.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import type { CriterionGate } from "./judge/gate.ts";
import { type BeginDraft, beginSchema, type BegunRun, type RunProgress } from "./judge/protocol.ts";
import { type Judging, tasksOf } from "./judge_gate_store.ts";
import { createRater, requireRater } from "./score_store.ts";
import { requireSet } from "./set_store.ts";
import { requireJudgeTemplate, requireRubric } from "./store.ts";
import type { JudgeIdentity, Rater } from "./types.ts";

export interface JudgeRunRow {
  id: string;
  setId: string;
  judge: Rater;
  templateId: string;
  progress: RunProgress;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * The run of a judge over a set: the one there is, or a new one.
 *
 * @throws {PermissionError} when no question may be asked: no person scored enough of this set, and
 * the judge has not passed the gate elsewhere.
 */
export async function beginJudgeRun(
  db: Kysely<Database>,
  setId: string,
  owner: Rater,
  document: unknown,
  at: Date,
): Promise<BegunRun> {
  const draft = parseDocument(beginSchema, document, "judge");
  const set = await requireSet(db, setId);
  const rubric = await requireRubric(db, set.rubricId);
  const template = await requireJudgeTemplate(db, draft.templateId);
  const judge = await judgeOf(db, owner, draft, template.version, rubric.id, at);
  const judging = { set, rubric, judge };
  const { all, open, gate } = await tasksOf(db, judging);
  if (all.length === 0) throw nothingToAsk(gate);
  const run = await runOf(db, judging, owner, draft, at);
  return {
    id: run,
    template: template.text,
    levels: rubric.levels,
    tasks: open,
    done: all.length - open.length,
    gate,
  };
}

function nothingToAsk(gate: readonly CriterionGate[]): PermissionError {
  const best = gate.filter((each) => each.pairs > 0)
    .map(({ category, label, agreed, pairs }) => `${category} ${label} ${agreed} of ${pairs}`);
  return new PermissionError("This judge has not passed the gate", {
    expected:
      "at least 30 blind scores of people for a criterion, 90 % of them equal to the judge's",
    got: best.join(", ") || "no score of a person that this judge has scored too",
    fix:
      "Score some of this set by hand and run the judge on those first, or run it on a set that " +
      "people have scored.",
  });
}

/** Another template, version, model, rubric or owner is another judge. */
async function judgeOf(
  db: Kysely<Database>,
  owner: Rater,
  { templateId, protocol, model }: BeginDraft,
  templateVersion: number,
  rubricId: string,
  at: Date,
): Promise<Rater> {
  const judge: JudgeIdentity = {
    ...{ templateId, templateVersion, provider: protocol, model, rubricId, owner: owner.id },
  };
  const known = await db.selectFrom("lab_rater").select("id").where("kind", "=", "judge")
    .where("judge", "=", sql<JudgeIdentity>`${jsonb(judge)}::jsonb`)
    .orderBy("created_at").limit(1).executeTakeFirst();
  if (known) return await requireRater(db, known.id);
  const name = storable(`${model}, run by ${owner.name}`);
  return await createRater(db, { kind: "judge", name, seed: 0, judge, at });
}

async function runOf(
  db: Kysely<Database>,
  { set, judge }: Judging,
  owner: Rater,
  { templateId, protocol }: BeginDraft,
  at: Date,
): Promise<string> {
  const known = await db.selectFrom("lab_judge_run").select("id").where("set_id", "=", set.id)
    .where("rater_id", "=", judge.id).orderBy("created_at").limit(1).executeTakeFirst();
  if (known) return known.id;
  const progress: RunProgress = {
    ...{ owner: owner.id, protocol, scored: 0, failures: [] },
    ...{ inputTokens: 0, outputTokens: 0, tries: 0, cost: null },
  };
  const { id } = await db.insertInto("lab_judge_run").values({
    id: randomId(),
    set_id: set.id,
    rater_id: judge.id,
    template_id: templateId,
    progress: jsonb(progress),
    account_id: owner.accountId,
    created_at: at,
    updated_at: at,
  }).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** @throws {NotFoundError} when there is none. */
export async function requireJudgeRun(db: Kysely<Database>, id: string): Promise<JudgeRunRow> {
  const row = await db.selectFrom("lab_judge_run").selectAll().where("id", "=", storable(id))
    .executeTakeFirst();
  if (row) return await asRun(db, row as unknown as RawRun);
  throw new NotFoundError(`There is no run of a judge ${id}`);
}

/** Its id, or null. */
export async function newestJudgeRun(db: Kysely<Database>): Promise<string | null> {
  const row = await db.selectFrom("lab_judge_run").select("id").orderBy("created_at", "desc")
    .orderBy("id").limit(1).executeTakeFirst();
  return row?.id ?? null;
}

/** Of a set, the newest first. */
export async function judgeRunsOf(db: Kysely<Database>, setId: string): Promise<JudgeRunRow[]> {
  const rows = await db.selectFrom("lab_judge_run").selectAll().where("set_id", "=", setId)
    .orderBy("created_at", "desc").orderBy("id").execute();
  return await Promise.all(rows.map((row) => asRun(db, row as unknown as RawRun)));
}

interface RawRun {
  id: string;
  set_id: string;
  rater_id: string;
  template_id: string;
  progress: RunProgress;
  created_at: Date;
  updated_at: Date;
}

async function asRun(db: Kysely<Database>, row: RawRun): Promise<JudgeRunRow> {
  return {
    id: row.id,
    setId: row.set_id,
    judge: await requireRater(db, row.rater_id),
    templateId: row.template_id,
    progress: row.progress,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
