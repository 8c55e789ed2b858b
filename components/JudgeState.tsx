import type { JudgeProgress } from "../lib/lab/judge/run.ts";

export interface JudgeStateProps {
  state: "asking" | "done" | "stopped" | "budget" | "problem";
  progress: JudgeProgress | null;
  before: number;
  problem: string | null;
}

const WORDS = {
  asking: "Asking …",
  done: "Done.",
  stopped: "Stopped. Begin again to go on.",
  budget: "The budget is spent. Begin again with more to go on.",
  problem: "",
};

/** How far a judge is, in the tab that asks it. */
export function JudgeState({ state, progress, before, problem }: JudgeStateProps) {
  return (
    <div class={`note ${state === "problem" ? "bad" : ""}`} role="status">
      <p>
        {WORDS[state]}
        {problem}
      </p>
      {progress && (
        <>
          <progress max={progress.total} value={progress.done} aria-label="Questions" />
          <p>
            {progress.done} of {progress.total} questions
            {before > 0 && `, ${before} were answered before`}: {progress.usage.inputTokens}{" "}
            tokens in, {progress.usage.outputTokens} out
            {progress.cost !== null && `, cost ${progress.cost.toFixed(4)}`}.
            {progress.unreadable + progress.failed > 0 &&
              ` ${progress.unreadable} could not be read, ${progress.failed} had no answer.`}
          </p>
          {state !== "asking" && (
            <p>
              <a href="">Load the page again</a> for the gate.
            </p>
          )}
        </>
      )}
    </div>
  );
}
