import { define } from "../../../../../../app_state.ts";
import { ordererOf } from "../../../../../../lib/http/lab_order.ts";
import { streamOrder } from "../../../../../../lib/http/live_feeds.ts";
import { requireOrder } from "../../../../../../lib/lab/order_store.ts";

export const handler = define.handlers({
  /** How far it is now, then again after every change. */
  async GET(ctx) {
    const order = await requireOrder(ctx.state.services.db, ctx.params.id, ordererOf(ctx));
    return streamOrder(ctx, order);
  },
});
