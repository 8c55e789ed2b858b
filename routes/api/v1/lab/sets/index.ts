import { define } from "../../../../../app_state.ts";
import { importedJson, setsJson } from "../../../../../lib/http/api_lab_sets.ts";
import { json } from "../../../../../lib/http/json.ts";
import { receiveStudy } from "../../../../../lib/http/lab_import.ts";
import { listSets } from "../../../../../lib/lab/set_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return json(setsJson(await listSets(ctx.state.services.db)));
  },
  async POST(ctx) {
    const received = await receiveStudy(ctx);
    return json(importedJson(received), { status: received.isNew ? 201 : 200 });
  },
});
