import { define } from "../../../../app_state.ts";
import { taggedJson } from "../../../../lib/http/json.ts";
import { listPromptSets, listRubrics } from "../../../../lib/lab/store.ts";

export const handler = define.handlers({
  /** What there is to complete, and to score by. */
  async GET(ctx) {
    const { db } = ctx.state.services;
    const [sets, rubrics] = await Promise.all([listPromptSets(db), listRubrics(db)]);
    return taggedJson(ctx.req, {
      promptSets: sets.map(({ id, name, source, prompts }) => ({ id, name, source, prompts })),
      rubrics: rubrics.map(({ id, slug, version, name }) => ({ id, slug, version, name })),
    });
  },
});
