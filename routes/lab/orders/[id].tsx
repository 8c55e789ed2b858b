import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../app_state.ts";
import LiveOrder from "../../../islands/LiveOrder.tsx";
import { readForm } from "../../../lib/http/form.ts";
import { ordererOf } from "../../../lib/http/lab_order.ts";
import { cancelOrder, requireOrder, resumeOrder } from "../../../lib/lab/order_store.ts";
import { orderView } from "../../../lib/lab/order_view_store.ts";
import { parseDocument } from "../../../lib/verification/schema.ts";

const formSchema = z.object({ do: z.enum(["cancel", "resume"]) });

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    return page(await orderView(db, await requireOrder(db, ctx.params.id, ordererOf(ctx))));
  },

  /** Calls it off, or has it go on. */
  async POST(ctx) {
    const { services } = ctx.state;
    const order = await requireOrder(services.db, ctx.params.id, ordererOf(ctx));
    const { do: what } = parseDocument(formSchema, await readForm(ctx.req), "form");
    if (what === "cancel") await cancelOrder(services, order);
    else await resumeOrder(services, order);
    return ctx.redirect(`/lab/orders/${order.id}`, 303);
  },
});

export default define.page<typeof handler>(function OrderPage({ data }) {
  return (
    <>
      <Head>
        <title>A set being generated · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href="/lab/generate">Generate a set</a>
      </p>
      <h1>{data.model} completes {data.prompts}</h1>
      <LiveOrder initial={data} />
    </>
  );
});
