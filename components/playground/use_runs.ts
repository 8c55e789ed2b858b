// The runs this browser keeps, as a list that can be asked for again.

import { useEffect, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import type { StoredRun } from "../../lib/playground/runs.ts";
import { createRun, listRuns, removeRun } from "../../lib/playground/runs.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";

export function useRuns() {
  /** Null until the browser has told. */
  const [runs, setRuns] = useState<StoredRun[] | null>(null);
  const [problem, setProblem] = useState<PublicProblem | null>(null);

  async function refresh(): Promise<StoredRun[]> {
    try {
      const found = await listRuns();
      setRuns(found);
      return found;
    } catch (error) {
      setRuns([]);
      const { message, problem } = Object(error);
      setProblem({ message: message ?? String(error), ...problem });
      return [];
    }
  }

  async function create(
    name: string,
    recipe: Recipe,
    { parent, keepsStates }: Pick<StoredRun, "parent" | "keepsStates">,
  ): Promise<StoredRun> {
    const id = crypto.randomUUID().slice(0, 8);
    const record = { id, name, recipe, createdAtMs: Date.now(), parent, keepsStates };
    await createRun(record);
    // Asked once there is something to lose; a browser may say no.
    void navigator.storage.persist?.().catch(() => false);
    await refresh();
    return { ...record, progress: null };
  }

  async function remove(id: string): Promise<void> {
    await removeRun(id);
    await refresh();
  }

  useEffect(() => void refresh(), []);
  return { runs, problem, refresh, create, remove };
}
