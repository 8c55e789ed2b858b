import { useState } from "preact/hooks";
import type { StoredRun } from "../../lib/playground/runs.ts";
import { formatAge, formatDuration, formatInteger, formatLoss } from "../format.ts";
import { TableBox } from "../TableBox.tsx";
import { ComparedCurves, MOST_COMPARED } from "./RunCurves.tsx";
import { RunDifferences } from "./RunDifferences.tsx";
import type { Bench } from "./use_bench.ts";

/** The runs this browser keeps, and the curves of those that are ticked. */
export function RunList({ runs, bench }: { runs: readonly StoredRun[]; bench: Bench }) {
  const [ticked, setTicked] = useState<string[]>([]);
  const compared = runs.filter(({ id }) => ticked.includes(id));
  const tick = (id: string) =>
    setTicked((before) =>
      before.includes(id)
        ? before.filter((one) => one !== id)
        : [...before, id].slice(-MOST_COMPARED)
    );
  return (
    <section id="runs">
      <h2>Your runs</h2>
      <p class="muted small">
        Kept in this browser alone. Tick up to {MOST_COMPARED}{" "}
        to lay their curves over each other and to see in what their recipes differ.
      </p>
      <ComparedCurves
        runs={compared.map(({ name, progress }) => ({ name, curve: progress?.curve ?? [] }))}
      />
      <RunDifferences runs={compared} />
      <TableBox label="Your runs">
        <table class="stack runs">
          <Columns />
          <tbody>
            {runs.map((run) => (
              <RunRow
                key={run.id}
                {...{ run, bench }}
                ticked={ticked.includes(run.id)}
                onTick={() => tick(run.id)}
              />
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Columns() {
  return (
    <thead>
      <tr>
        <th scope="col">Compare</th>
        <th scope="col">Run</th>
        <th scope="col" class="num">Steps</th>
        <th scope="col" class="num">Loss</th>
        <th scope="col" class="num">Time</th>
        <th scope="col">Begun</th>
        <th scope="col">
          <span class="visually-hidden">What to do</span>
        </th>
      </tr>
    </thead>
  );
}

interface RowProps {
  run: StoredRun;
  bench: Bench;
  ticked: boolean;
  onTick: () => void;
}

function RunRow({ run, bench, ticked, onTick }: RowProps) {
  const { id, name, recipe, progress, createdAtMs } = run;
  const loss = progress?.curve.at(-1)?.loss;
  const working = bench.busy && id === bench.live?.run.id;
  const state = stateOf(run, working);
  return (
    <tr data-run-row={id} data-run-state={state}>
      <td class="pick" data-label="Compare">
        <input
          type="checkbox"
          checked={ticked}
          disabled={(progress?.curve.length ?? 0) < 2}
          aria-label={`Compare ${name}`}
          onChange={onTick}
        />
      </td>
      <th scope="row">
        {name} <span class="muted small">{state}</span>
      </th>
      <td class="num" data-label="Steps">
        {working ? "…" : formatInteger(progress?.step ?? 0)} of {formatInteger(recipe.steps)}
      </td>
      <td class="num" data-label="Loss">{loss === undefined ? "–" : formatLoss(loss)}</td>
      <td class="num" data-label="Time">{formatDuration(progress?.trainWallMs ?? null)}</td>
      <td data-label="Begun">{formatAge(new Date(createdAtMs), new Date())}</td>
      <RowActs {...{ run, bench, working }} />
    </tr>
  );
}

function RowActs({ run, bench, working }: { run: StoredRun; bench: Bench; working: boolean }) {
  const { name } = run, finished = run.progress?.finished != null;
  const isOpen = run.id === bench.opened?.id;
  return (
    <td>
      <div class="run-acts">
        {finished && (
          <Act
            label={isOpen ? "Opened" : "Open"}
            name={name}
            disabled={isOpen}
            onClick={() => bench.setOpened(run)}
          />
        )}
        {!finished && !working && (
          <Act
            label="Continue"
            name={name}
            disabled={bench.busy}
            onClick={() => bench.goOn(run)}
          />
        )}
        <Act label="Fork" name={name} disabled={false} onClick={() => bench.fork(run)} />
        <Act
          label="Remove"
          name={name}
          disabled={working}
          onClick={() => void bench.remove(run)}
        />
      </div>
    </td>
  );
}

function Act({ label, name, disabled, onClick }: {
  label: string;
  name: string;
  disabled: boolean;
  onClick: () => void;
}) {
  return (
    <button class="button quiet small" type="button" disabled={disabled} onClick={onClick}>
      {label}
      <span class="visually-hidden">: {name}</span>
    </button>
  );
}

function stateOf({ progress }: StoredRun, working: boolean): string {
  if (progress?.finished) return "finished";
  return working ? "at work" : "stopped";
}
