import { define } from "../../../app_state.ts";
import { NotFoundError } from "../../../lib/errors.ts";
import { json } from "../../../lib/http/json.ts";
import { requireStanding } from "../../../lib/submissions/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const entry = await requireStanding(ctx.state.services.db, ctx.params.id);
    if (entry.recipe === null) {
      throw new NotFoundError("This model declares no recipe", {
        fix: "Only models trained here, or by the command line, carry one.",
      });
    }
    return json(entry.recipe, {
      headers: { "content-disposition": `attachment; filename="recipe-${entry.id}.json"` },
    });
  },
});
