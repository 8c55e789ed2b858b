import { define } from "../../../app_state.ts";
import { json } from "../../../lib/http/json.ts";
import { keyHistory } from "../../../lib/verification/signer.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return json({ keys: await keyHistory(ctx.state.services.db) });
  },
});
