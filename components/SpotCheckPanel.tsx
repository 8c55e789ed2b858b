import type { SpotCheckView } from "../lib/verification/spot_check_view.ts";
import { chanceToCatch, percent } from "../lib/verification/sample_chance.ts";
import { formatBytes, formatInstant, formatInteger } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

interface Props {
  check: SpotCheckView;
  entryId: string;
  /** The form to send them by stands on the same page. */
  withForm?: boolean;
}

/** A spot check that is asked for or under way: what for, until when, and what is still missing. */
export function SpotCheckPanel({ check, entryId, withForm = false }: Props) {
  const { state, drawn, segments, deadline, reason } = check;
  if (state === "done") return null;
  if (state === "failed") return <p class="note warn">The spot check was given up. {reason}</p>;
  const chance = chanceToCatch({ of: segments, count: drawn.length }, 1);
  return (
    <section class="panel" data-spot-check={state}>
      <h2>{state === "waiting" ? "Its author is asked for states" : "Spot check under way"}</h2>
      <p class="prose">
        The run is over this board's budget of replays, so {drawn.length} of its {segments}{" "}
        segments are replayed. They were drawn by lot after the file was submitted. One false
        segment is found with a chance of {percent(chance)}.
      </p>
      {deadline !== null && (
        <p>
          <strong>
            Until <time dateTime={deadline}>{formatInstant(new Date(deadline))}</time>
          </strong>{" "}
          the states below may come; without them the run counts as not reproducible.
        </p>
      )}
      <States check={check} />
      {state === "waiting" && (
        <>
          <pre tabIndex={0}>{`deno task cli spot-check ${entryId} \\\n  --states DIR`}</pre>
          <p>
            sends them from the folder that <code class="nowrap">cli train --keep-states</code>{" "}
            has filled. {withForm ? "Or send the files from here." : (
              <>
                Or <a href={`/submissions/${entryId}/states`}>send the files by a form</a>.
              </>
            )}
          </p>
        </>
      )}
    </section>
  );
}

function States({ check: { states, stateBytes } }: Pick<Props, "check">) {
  return (
    <TableBox label="States that are asked for">
      <table class="stack wanted-states">
        <thead>
          <tr>
            <th scope="col">State of</th>
            <th scope="col" class="num">Checkpoint</th>
            <th scope="col">Where it is</th>
          </tr>
        </thead>
        <tbody>
          {states.map(({ leaf, step, delivered }) => (
            <tr key={leaf} data-delivered={delivered}>
              <th scope="row">Step {formatInteger(step)}</th>
              <td class="num" data-label="Checkpoint">{leaf}</td>
              <td data-label="Where it is">
                {delivered ? "✓ here" : `missing, up to ${formatBytes(stateBytes)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
