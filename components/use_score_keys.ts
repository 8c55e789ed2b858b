// Scoring by keys. Knows no markup but the id of the remark's field.

import { useEffect, useRef } from "preact/hooks";
import { levelOfKey } from "./score_keys.ts";
import type { Scoring } from "./use_scoring.ts";

/** Keys of the page go to `scoring`, as soon as that is there; a score goes to `give`. */
export function useScoreKeys(scoring: Scoring | null, give: (level: number) => void): void {
  const latest = useRef({ scoring, give });
  latest.current = { scoring, give };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { scoring, give } = latest.current;
      if (scoring !== null && press(scoring, give, event)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** Whether the key meant something. */
function press(
  { session, act }: Scoring,
  give: (level: number) => void,
  event: KeyboardEvent,
): boolean {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target instanceof HTMLTextAreaElement) {
    if (key === "Escape") target.blur();
    return key === "Escape";
  }
  const level = levelOfKey(key, session.view.levels);
  // A key that is held down scores one story, not all of them.
  if (level !== null) return event.repeat || (give(level), true);
  if (key === "u" || key === "Backspace") act((session) => session.undo());
  else if (key === "n") document.getElementById("note")?.focus();
  // Within a question, arrows choose.
  else if (target instanceof HTMLInputElement) return false;
  else if (key === "ArrowRight") act((session) => session.move(1));
  else if (key === "ArrowLeft") act((session) => session.move(-1));
  else return false;
  return true;
}
