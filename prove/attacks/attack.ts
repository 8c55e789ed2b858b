// What an attack is: a cheat carried out as its author would, and where it has to end.

export interface Found {
  /** Verdict of a replay, or what became of the cheat where no replay is needed. */
  outcome: string;
  /** First step that differs, where a replay names one. */
  step: number | null;
  /** What the board says about it, in words. */
  detail: string;
}

export interface Attack {
  /** Part of the address of its row. */
  id: string;
  /** What the cheat does, in words for people. */
  cheat: string;
  caughtBy: string;
  /** The outcome that it must have. */
  expected: string;
  /** Last step of the first interval that differs; absent where no replay names one. */
  expectedStep?: number;
  run(): Promise<Found>;
}

export function endedAsStated(
  { expected, expectedStep }: Pick<Attack, "expected" | "expectedStep">,
  found: Found,
): boolean {
  return found.outcome === expected && (expectedStep ?? null) === found.step;
}
