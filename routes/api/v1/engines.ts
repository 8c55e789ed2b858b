import { define } from "../../../app_state.ts";
import { json } from "../../../lib/http/json.ts";
import { engineJson } from "../../../lib/http/provenance_views.ts";
import { keptEngines } from "../../../lib/verification/engine_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return json({ engines: (await keptEngines(ctx.state.services.db)).map(engineJson) });
  },
});
