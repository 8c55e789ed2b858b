import { useEffect, useState } from "preact/hooks";
import { OrderPanel } from "../components/OrderPanel.tsx";
import type { OrderView } from "../lib/lab/order_view.ts";

const POLL_MS = 2000;

/** A set that is being generated, kept up to date by asking again. */
export default function LiveOrder({ initial }: { initial: OrderView }) {
  const [view, setView] = useState(initial);
  const [stale, setStale] = useState(false);
  useEffect(() => {
    if (!initial.active) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const response = await fetch(`/api/v1/lab/orders/${initial.id}`).catch(() => null);
      const next: OrderView | null = response?.ok ? await response.json() : null;
      setStale(next === null);
      if (next) setView(next);
      if (next?.active !== false) timer = setTimeout(ask, POLL_MS);
    };
    timer = setTimeout(ask, POLL_MS);
    return () => clearTimeout(timer);
  }, [initial.id]);
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
