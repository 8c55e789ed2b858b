import { define } from "../../../../app_state.ts";
import { json, taggedJson } from "../../../../lib/http/json.ts";
import { receivePromptSet } from "../../../../lib/http/lab_prompts.ts";
import { listPromptSets, listRubrics } from "../../../../lib/lab/store.ts";

export const handler = define.handlers({
  /** What there is to complete, and to score by. */
  async GET(ctx) {
    const { db } = ctx.state.services;
    const [sets, rubrics] = await Promise.all([listPromptSets(db), listRubrics(db)]);
    return taggedJson(ctx.req, {
      promptSets: sets.map(({ createdAt: _, ...set }) => set),
      rubrics: rubrics.map(({ id, slug, version, name }) => ({ id, slug, version, name })),
    });
  },

  /** Prompts of one's own; the set there is, where somebody has brought the same. */
  async POST(ctx) {
    const { createdAt: _, ...set } = await receivePromptSet(ctx);
    return json({ ...set, url: `/lab/prompt-sets/${set.id}` }, { status: 201 });
  },
});
