import { formatInteger } from "./format.ts";
import { ProblemNote } from "./Problem.tsx";
import type { SentState } from "./use_sending_states.ts";

/** What became of each file that was sent as a state. */
export function SentStates({ sent }: { sent: readonly SentState[] }) {
  return (
    <ul class="plain" data-sent-states>
      {sent.map(({ fileName, step, problem }) => (
        <li key={fileName}>
          {problem
            ? <ProblemNote problem={problem} title={`${fileName} was refused`} />
            : (
              <p class="note good">
                {fileName} was taken: it is the state of step {formatInteger(step ?? 0)}.
              </p>
            )}
        </li>
      ))}
    </ul>
  );
}
