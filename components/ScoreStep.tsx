import { useRef } from "preact/hooks";
import type { Criterion } from "../lib/lab/types.ts";
import { levelKeys, levelText } from "./score_keys.ts";

export interface StepProps {
  prompt: string;
  completion: string;
  criteria: Criterion[];
  levels: number[];
  /** Given so far, by criterion. */
  given: Record<string, number>;
  /** Id of the criterion that the keys score. */
  current: string;
  note: string;
  /** `advance` where it was pointed at: arrow keys pass through the levels. */
  onScore?(level: number, criterion: string, advance: boolean): void;
  onNote?(text: string): void;
  onNoteEnd?(): void;
}

/** A completion and what is asked of it: fields of a form, which scripts may take over. */
export function ScoreStep(props: StepProps) {
  const { prompt, completion, criteria, current, note } = props;
  const asked = criteria.find(({ id }) => id === current)!;
  return (
    <>
      <article class="panel story" aria-label="Completion" data-story>
        <p>
          <span class="muted">{prompt}</span>
          {completion}
        </p>
      </article>
      <div class="questions">
        {criteria.map((criterion) => (
          <Question key={criterion.id} {...props} criterion={criterion} />
        ))}
        <div class="field">
          <label for="note">
            Note on {asked.category} {asked.code} <kbd data-needs-script>n</kbd>
          </label>
          <textarea
            id="note"
            name="note"
            rows={2}
            maxLength={4000}
            value={note}
            onInput={(event) =>
              props.onNote?.(event.currentTarget.value)}
            onBlur={() => props.onNoteEnd?.()}
          />
          <input type="hidden" name="noteOn" value={current} />
        </div>
      </div>
    </>
  );
}

function Question({ criterion, levels, given, current, onScore }: StepProps & {
  criterion: Criterion;
}) {
  const { id, code, text } = criterion;
  const keys = levelKeys(levels);
  const pointed = useRef(false);
  return (
    <fieldset class="question" data-current={id === current}>
      <legend>
        <b>{code}</b> {text}
      </legend>
      <div class="levels">
        {levels.map((level, at) => (
          <label key={level} onPointerDown={() => pointed.current = true}>
            <input
              type="radio"
              name={`score:${id}`}
              value={level}
              checked={given[id] === level}
              onChange={() => {
                onScore?.(level, id, pointed.current);
                pointed.current = false;
              }}
            />
            <span>
              {levelText(level)} <kbd data-needs-script>{keys[at]}</kbd>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
