import { define } from "../../../app_state.ts";
import { API_DOCUMENT } from "../../../lib/http/api_document.ts";
import { json } from "../../../lib/http/json.ts";

export const handler = define.handlers({
  GET(ctx) {
    ctx.state.keep = true;
    return json(API_DOCUMENT);
  },
});
