import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { ordererOf } from "../../../../../../lib/http/lab_order.ts";
import { requireOrder, resumeOrder } from "../../../../../../lib/lab/order_store.ts";
import { orderView } from "../../../../../../lib/lab/order_view_store.ts";

export const handler = define.handlers({
  /** Has an order that was called off or failed go on after what is complete. */
  async POST(ctx) {
    const { services } = ctx.state;
    const order = await requireOrder(services.db, ctx.params.id, ordererOf(ctx));
    await resumeOrder(services, order);
    return json(await orderView(services.db, order));
  },
});
