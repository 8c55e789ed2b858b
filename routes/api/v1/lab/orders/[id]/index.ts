import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { ordererOf } from "../../../../../../lib/http/lab_order.ts";
import { cancelOrder, requireOrder } from "../../../../../../lib/lab/order_store.ts";
import { orderView } from "../../../../../../lib/lab/order_view_store.ts";

export const handler = define.handlers({
  /** How far it is. */
  async GET(ctx) {
    const { db } = ctx.state.services;
    const order = await requireOrder(db, ctx.params.id, ordererOf(ctx));
    return json(await orderView(db, order), { headers: { "cache-control": "no-store" } });
  },

  /** Calls it off; said again it changes nothing. */
  async DELETE(ctx) {
    const { services } = ctx.state;
    const order = await requireOrder(services.db, ctx.params.id, ordererOf(ctx));
    await cancelOrder(services, order);
    return json(await orderView(services.db, order));
  },
});
