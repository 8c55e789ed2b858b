import { useEffect, useState } from "preact/hooks";
import { formatDuration } from "../components/format.ts";
import { lacksFiles } from "../components/site_root.ts";
import { NoFile } from "../components/NoFile.tsx";
import { StateBadge } from "../components/StateBadge.tsx";
import { TableBox } from "../components/TableBox.tsx";
import { TabRunning } from "../components/TabRunning.tsx";
import { stepsOf } from "../components/segment_words.ts";
import { type DoneReplay, useVolunteer } from "../components/use_volunteer.ts";

/** What one replay may take at most; seconds on two cores of 2026. */
const SIZES = [
  { flops: 1e11, label: "seconds" },
  { flops: 1e12, label: "minutes" },
  { flops: 1e13, label: "an hour" },
  { flops: 1e15, label: "days" },
];

/** Replays models of the board in this tab for as long as it may. */
export default function Volunteer() {
  const { state, current, progress, problem, done, start, pause, halt } = useVolunteer();
  const [ready, setReady] = useState(false);
  const [absent, setAbsent] = useState(false);
  const [size, setSize] = useState(1);
  useEffect(() => {
    if (lacksFiles()) setAbsent(true);
    else setReady(true);
  }, []);
  return (
    <div class="panel" data-volunteer={state}>
      {absent && <NoFile />}
      <div class="field narrow">
        <label for="volunteer-size">The longest replay I take may last</label>
        <select
          id="volunteer-size"
          disabled={!ready || state !== "idle"}
          onChange={(event) => setSize(event.currentTarget.selectedIndex)}
        >
          {SIZES.map(({ flops, label }, i) => (
            <option key={flops} selected={i === size}>{label}</option>
          ))}
        </select>
      </div>
      {problem && <p class="note bad" role="alert">{problem}</p>}
      <p role="status">{statusWords(state, current && nameOf(current))}</p>
      {progress && current && (
        <TabRunning progress={progress} label={`Training ${nameOf(current)}`} />
      )}
      <Acts {...{ state, ready, pause, halt }} start={() => start(SIZES[size].flops)} />
      {done.length > 0 && <Done done={done} />}
      <noscript>
        This needs JavaScript. The command line replays too: deno task cli verify FILE
      </noscript>
    </div>
  );
}

function Acts({ state, ready, start, pause, halt }:
  & Pick<ReturnType<typeof useVolunteer>, "state" | "pause" | "halt">
  & { ready: boolean; start: () => void }) {
  return (
    <p class="actions">
      {state === "idle" && (
        <button class="button" type="button" disabled={!ready} onClick={start}>
          Lend this tab
        </button>
      )}
      {(state === "working" || state === "resting") && (
        <button class="button" type="button" onClick={pause}>Pause</button>
      )}
      {(state === "working" || state === "ending") && (
        <button class="button quiet" type="button" onClick={halt}>Stop at once</button>
      )}
    </p>
  );
}

/** "Sorter" or "Sorter, steps 201–400". */
function nameOf({ name, segment }: Pick<DoneReplay, "name" | "segment">): string {
  return segment === null ? name : `${name}, ${stepsOf(segment)}`;
}

function statusWords(
  state: ReturnType<typeof useVolunteer>["state"],
  name: string | null,
): string {
  if (state === "idle") return "This tab does nothing yet.";
  if (state === "resting") {
    return "Nothing more wants a replay of this size now. It looks again in five minutes.";
  }
  const what = name === null ? "Looking for a model" : `Training ${name} again`;
  return state === "ending" ? `${what}; then it pauses.` : `${what}.`;
}

function Done({ done }: { done: readonly DoneReplay[] }) {
  return (
    <TableBox label="What this tab has done">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Found</th>
            <th scope="col" class="num">Took</th>
            <th scope="col">The board said</th>
          </tr>
        </thead>
        <tbody>
          {done.map(({ entryId, verdict, wallMs, outcome, ...replay }) => (
            <tr key={entryId + nameOf(replay)} data-done={verdict}>
              <th scope="row">
                <a href={`/models/${entryId}`}>{nameOf(replay)}</a>
              </th>
              <td data-label="Found">
                <StateBadge
                  state={replay.segment && verdict !== "mismatch" ? "part-equal" : verdict}
                />
              </td>
              <td class="num" data-label="Took">{formatDuration(wallMs)}</td>
              <td data-label="The board said">{outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
