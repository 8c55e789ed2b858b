import type { ReplayOrder } from "../lib/verification/order_replay.ts";

const BUTTONS: { order: ReplayOrder; label: string }[] = [
  { order: "replay", label: "Replay it again" },
];

/** For editors: has the run of a model looked at again. */
export function OrderReplay({ entryId }: { entryId: string }) {
  return (
    <form class="panel narrow" method="post" action={`/models/${entryId}/replays`}>
      <h3>For editors</h3>
      <p class="muted">
        Orders stand in the ledger. Their progress is shown on the status page of the model.
      </p>
      <p class="actions">
        {BUTTONS.map(({ order, label }) => (
          <button key={order} class="button quiet small" type="submit" name="order" value={order}>
            {label}
          </button>
        ))}
      </p>
    </form>
  );
}
