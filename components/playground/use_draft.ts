// The recipe that is being written: by preset, form or JSON, all of the same draft.

import { useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import type { Plan } from "../../lib/playground/check.ts";
import { withValueAt } from "../../lib/playground/draft.ts";

export interface Draft {
  value: unknown;
  /** What it costs, or null while something is wrong with it. */
  plan: Plan | null;
  problem: PublicProblem | null;
  /** The JSON as it is typed, also while it is none. */
  text: string;
  set(value: unknown): void;
  setAt(path: string, value: unknown): void;
  setText(text: string): void;
}

const textOf = (value: unknown) => JSON.stringify(value, null, 2);

/** @param initial what a recipe costs that was checked already. @param engine that at hand. */
export function useDraft(initial: Plan, engine: string): Draft {
  const [value, setValue] = useState<unknown>(initial.recipe);
  const [text, setText] = useState(textOf(initial.recipe));
  const [plan, setPlan] = useState<Plan | null>(initial);
  const [problem, setProblem] = useState<PublicProblem | null>(null);
  const latest = useRef(value);

  async function check(next: unknown) {
    latest.current = next;
    // Loaded when it is needed: the schema outweighs the rest of the page.
    const { checkRecipe } = await import("../../lib/playground/check.ts");
    if (latest.current !== next) return;
    const checked = checkRecipe(next, engine);
    setPlan("plan" in checked ? checked.plan : null);
    setProblem("problem" in checked ? checked.problem : null);
  }

  function set(next: unknown) {
    setValue(next);
    setText(textOf(next));
    void check(next);
  }

  async function read(typed: string) {
    setText(typed);
    const { parseJson } = await import("../../lib/playground/check.ts");
    const parsed = parseJson(typed);
    if ("problem" in parsed) {
      latest.current = null;
      setPlan(null);
      setProblem(parsed.problem);
    } else {
      setValue(parsed.value);
      void check(parsed.value);
    }
  }

  return {
    ...{ value, plan, problem, text, set },
    setAt: (path, part) => set(withValueAt(value, path, part)),
    setText: (typed) => void read(typed),
  };
}
