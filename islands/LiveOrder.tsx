import { OrderPanel } from "../components/OrderPanel.tsx";
import { useFollowed } from "../components/use_followed.ts";
import type { OrderView } from "../lib/lab/order_view.ts";

/** A set that is being generated, kept up to date. */
export default function LiveOrder({ initial }: { initial: OrderView }) {
  const { view, stale } = useFollowed(initial, {
    path: `/api/v1/lab/orders/${initial.id}`,
    isLast: ({ active }) => !active,
  });
  return (
    <div>
      <p class="visually-hidden" aria-live="polite">
        {view.active ? `${view.done} of ${view.total} completed` : view.job?.state}
      </p>
      <OrderPanel view={view} />
      {stale && <p class="note warn">The connection is lost. Trying again every few seconds.</p>}
      {view.active && (
        <noscript>
          <p>
            <a href={`/lab/orders/${view.id}`}>See how far it is now</a>
          </p>
        </noscript>
      )}
    </div>
  );
}
