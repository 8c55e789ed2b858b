import { define } from "../../../../../../app_state.ts";
import { judgeRunView } from "../../../../../../lib/http/api_judging.ts";
import { taggedJson } from "../../../../../../lib/http/json.ts";
import { gateOf } from "../../../../../../lib/lab/judge_gate_store.ts";
import { requireJudgeRun } from "../../../../../../lib/lab/judge_store.ts";
import { requireSet } from "../../../../../../lib/lab/set_store.ts";
import { requireRubric } from "../../../../../../lib/lab/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const run = await requireJudgeRun(db, ctx.params.id);
    const set = await requireSet(db, run.setId);
    const gate = await gateOf(db, run.judge, await requireRubric(db, set.rubricId));
    return taggedJson(ctx.req, judgeRunView(run, gate));
  },
});
