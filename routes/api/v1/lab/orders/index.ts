import { define } from "../../../../../app_state.ts";
import { json } from "../../../../../lib/http/json.ts";
import { readJson } from "../../../../../lib/http/json_body.ts";
import { ordererOf, takeOrder } from "../../../../../lib/http/lab_order.ts";
import { ordersOf } from "../../../../../lib/lab/order_store.ts";
import { orderView } from "../../../../../lib/lab/order_view_store.ts";

const MOST_BYTES = 16 * 1024;

export const handler = define.handlers({
  /** The caller's own, the newest first. */
  async GET(ctx) {
    const { db } = ctx.state.services;
    const orders = await ordersOf(db, ordererOf(ctx).id);
    const views = await Promise.all(orders.map((order) => orderView(db, order)));
    return json({ orders: views }, { headers: { "cache-control": "no-store" } });
  },

  /** Has the server generate a set. */
  async POST(ctx) {
    const { db } = ctx.state.services;
    const order = await takeOrder(ctx, await readJson(ctx.req, MOST_BYTES));
    return json(await orderView(db, order), { status: 201 });
  },
});
