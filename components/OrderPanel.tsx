import type { OrderView } from "../lib/lab/order_view.ts";
import { formatInteger } from "./format.ts";
import { JobPanel } from "./StatusPanel.tsx";

/** All that is known of a set the server generates, and what its owner may do. */
export function OrderPanel({ view }: { view: OrderView }) {
  const { id, job, active, setId, done, total } = view;
  return (
    <div data-order={setId === null ? job?.state ?? "none" : "done"}>
      {setId !== null && (
        <p class="note good">
          The set is there: <a href={`/lab/sets/${setId}`}>look at it</a> or{" "}
          <a href={`/lab/sets/${setId}/score`}>score it</a>.
        </p>
      )}
      <OrderFacts view={view} />
      {job && setId === null && (
        <JobPanel job={{ ...job, task: null, part: null, parts: null }} explained={false} />
      )}
      {setId === null && (
        <form class="actions" method="post" action={`/lab/orders/${id}`}>
          {active
            ? (
              <button class="button quiet" type="submit" name="do" value="cancel">
                Call it off
              </button>
            )
            : <button class="button" type="submit" name="do" value="resume">Go on</button>}
          <span class="muted small">
            {formatInteger(done)} of {formatInteger(total)}{" "}
            completions are kept: whatever happens, it goes on after them.
          </span>
        </form>
      )}
    </div>
  );
}

function OrderFacts(
  { view: { model, entryId, rubric, search, into, intoName } }: { view: OrderView },
) {
  const { beams, minTokens, maxTokens, endToken } = search;
  return (
    <dl class="facts">
      <dt>Model</dt>
      <dd>
        <a href={`/models/${entryId}`}>{model}</a>
      </dd>
      <dt>Rubric</dt>
      <dd>{rubric}</dd>
      <dt>Decoding</dt>
      <dd>
        {beams} beams, no sampling, {endToken === null
          ? `${maxTokens} tokens, no end token`
          : `${minTokens} to ${maxTokens} tokens, end token ${endToken}`}
      </dd>
      {into !== null && [
        <dt key="into">Joins</dt>,
        <dd key="set">
          <a href={`/lab/sets/${into}`}>{intoName ?? "a set that was hidden"}</a>
        </dd>,
      ]}
    </dl>
  );
}
