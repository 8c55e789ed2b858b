// A run of the seeded judge over the seeded set, with a question that went wrong.

import type { RunProgress } from "../../lib/lab/judge/protocol.ts";
import { saveJudgeTemplate } from "../../lib/lab/store.ts";
import type { Services } from "../../lib/services.ts";
import { jsonb } from "../../lib/storage/json.ts";
import { LAB_RATERS, LAB_SET } from "./lab_seed.ts";

export const LAB_RUN = "small-run";

export async function seedJudgeRun({ db }: Pick<Services, "db">, at: Date): Promise<void> {
  const template = await saveJudgeTemplate(db, {
    slug: "small-template",
    name: "Small template",
    text: "{#criteria}{label}: {text}\n{/criteria}{prompt}|{completion}",
    source: "",
  }, { accountId: null, at });
  const { id: itemId, category } = await db.selectFrom("lab_item").select(["id", "category"])
    .where("set_id", "=", LAB_SET).orderBy("position").limit(1).executeTakeFirstOrThrow();
  const progress: RunProgress = {
    owner: LAB_RATERS.anna,
    protocol: "openai",
    scored: 5,
    failures: [{
      key: "failure-1",
      itemId,
      category,
      status: "unreadable",
      reason: "criterion B has no score",
      text: "<criterion-A-score>1</criterion-A-score>",
    }],
    inputTokens: 5400,
    outputTokens: 910,
    tries: 9,
    cost: 0.0125,
  };
  await db.insertInto("lab_judge_run").values({
    ...{ id: LAB_RUN, set_id: LAB_SET, rater_id: LAB_RATERS.judge, template_id: template.id },
    ...{ progress: jsonb(progress), account_id: null, created_at: at, updated_at: at },
  }).execute();
}
