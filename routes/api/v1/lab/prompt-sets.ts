import { define } from "../../../../app_state.ts";
import { json, taggedJson } from "../../../../lib/http/json.ts";
import { receivePromptSet } from "../../../../lib/http/lab_prompts.ts";
import { joinableSets } from "../../../../lib/lab/generated_store.ts";
import { listPromptSets, listRubrics } from "../../../../lib/lab/store.ts";

export const handler = define.handlers({
  /** What there is to complete, and to score by. */
  async GET(ctx) {
    const { services: { db }, caller } = ctx.state;
    const [sets, rubrics, joinable] = await Promise.all([
      listPromptSets(db),
      listRubrics(db),
      joinableSets(db, { accountId: caller?.account.id ?? null }),
    ]);
    return taggedJson(ctx.req, {
      promptSets: sets.map(({ createdAt: _, ...set }) => set),
      rubrics: rubrics.map(({ id, slug, version, name }) => ({ id, slug, version, name })),
      joinable,
    });
  },

  /** Prompts of one's own; the set there is, where somebody has brought the same. */
  async POST(ctx) {
    const { createdAt: _, ...set } = await receivePromptSet(ctx);
    return json({ ...set, url: `/lab/prompt-sets/${set.id}` }, { status: 201 });
  },
});
