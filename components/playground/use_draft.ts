// The recipe that is being written: by preset, form or JSON, all of the same draft.

import { useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import type { Board, Plan } from "../../lib/playground/check.ts";
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
  /** The plan of what stands there now, once it is checked; null when something is wrong. */
  settled(): Promise<Plan | null>;
}

type Checked = { plan: Plan } | { problem: PublicProblem };

const textOf = (value: unknown) => JSON.stringify(value, null, 2);

/** @param initial what a recipe costs that was checked already. */
export function useDraft(initial: Plan, board: Board): Draft {
  const [value, setValue] = useState<unknown>(initial.recipe);
  const [text, setText] = useState(textOf(initial.recipe));
  const { plan, problem, look, settled } = useCheck(initial);

  function set(next: unknown) {
    setValue(next);
    setText(textOf(next));
    look(({ checkRecipe }) => checkRecipe(next, board));
  }

  function read(typed: string) {
    setText(typed);
    look(({ checkRecipe, parseJson }) => {
      const parsed = parseJson(typed);
      if ("problem" in parsed) return parsed;
      setValue(parsed.value);
      return checkRecipe(parsed.value, board);
    });
  }

  return {
    ...{ value, plan, problem, text, set },
    setAt: (path, part) => set(withValueAt(value, path, part)),
    setText: read,
    settled,
  };
}

type Check = (of: typeof import("../../lib/playground/check.ts")) => Checked;

/** What comes of the newest draft. */
function useCheck(initial: Plan) {
  const [plan, setPlan] = useState<Plan | null>(initial);
  const [problem, setProblem] = useState<PublicProblem | null>(null);
  const latest = useRef(Promise.resolve<Plan | null>(initial));

  /** Shows what comes of it, unless something newer is being looked at. */
  function look(check: Check) {
    // Loaded when it is needed: the schema outweighs the rest of the page.
    const found = import("../../lib/playground/check.ts").then((module) => {
      const checked = check(module);
      if (latest.current === found) {
        setPlan("plan" in checked ? checked.plan : null);
        setProblem("problem" in checked ? checked.problem : null);
      }
      return "plan" in checked ? checked.plan : null;
    });
    latest.current = found;
  }

  /** Of what is newest, also when that changes while it is waited for. */
  async function settled(): Promise<Plan | null> {
    const waited = latest.current, found = await waited;
    return waited === latest.current ? found : await settled();
  }

  return { plan, problem, look, settled };
}
