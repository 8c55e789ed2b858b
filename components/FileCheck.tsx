import { formatBytes, formatParameters } from "./format.ts";

/** What the header of a chosen file says, before anything is sent. */
export interface FileSummary {
  fileName: string;
  byteLength: number;
  parameters: number;
  shape: string;
  dtype: string;
  /** "found", "broken" with a reason, or "none". */
  recipe: { state: "found" | "none" } | { state: "broken"; reason: string };
}

/** The static check of a file, done in the tab. */
export function FileCheck({ summary }: { summary: FileSummary }) {
  const { recipe } = summary;
  return (
    <div class={`note ${recipe.state === "found" ? "good" : "warn"}`} aria-live="polite">
      <p>
        <strong>{summary.fileName}</strong> can be read: {formatParameters(summary.parameters)}{" "}
        parameters ({summary.shape}), {summary.dtype}, {formatBytes(summary.byteLength)}.
      </p>
      <p>
        {recipe.state === "found" &&
          "It carries a recipe and a chain of checkpoints: its training can be proven."}
        {recipe.state === "none" &&
          "It carries no recipe: it will be scored, and its state of proof will be “external”."}
        {recipe.state === "broken" && `Its recipe cannot be read: ${recipe.reason}`}
      </p>
    </div>
  );
}
