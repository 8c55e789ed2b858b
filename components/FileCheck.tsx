import { formatBytes, formatParameters } from "./format.ts";
import { StateBadge } from "./StateBadge.tsx";

/** What a replay of the recipe would find at once. */
export type Proof =
  | { state: "none" }
  | { state: "found"; steps: string }
  /** The verdict a replay would end with before it trained. */
  | { state: "foreseen"; verdict: string; reasons: string[] };

/** What a chosen file tells of itself, before anything is sent. */
export interface FileSummary {
  fileName: string;
  byteLength: number;
  sha256: string;
  /** Of the format. */
  version: number;
  parameters: number;
  shape: string;
  dtype: string;
  proof: Proof;
  /** Benchmarks it cannot be scored on. */
  unsuited: { id: string; name: string; reason: string }[];
  optimizerState: boolean;
  /** What it says it goes on from. */
  forkOf: string | null;
  /** The model that was made of this very file. */
  known: { id: string; name: string } | null;
}

/** The static check of a file, done in the tab. */
export function FileCheck({ summary }: { summary: FileSummary }) {
  const { proof, known, unsuited, forkOf } = summary;
  const doubtful = proof.state !== "found" || known !== null;
  return (
    <div class={`note ${doubtful ? "warn" : "good"}`} data-file-check aria-live="polite">
      <p>
        <strong>{summary.fileName}</strong> can be read: {formatParameters(summary.parameters)}{" "}
        parameters ({summary.shape}), {summary.dtype}, {formatBytes(summary.byteLength)}.
      </p>
      {known && (
        <p>
          <strong>This very file is on the board already</strong>, as{" "}
          <a href={`/models/${known.id}`}>{known.name}</a>. Sending it again leads there.
        </p>
      )}
      <ProofLine proof={proof} />
      {unsuited.length > 0 && (
        <>
          <p>There will be no score on</p>
          <ul>{unsuited.map(({ id, name, reason }) => <li key={id}>{name}. {reason}</li>)}</ul>
        </>
      )}
      {summary.optimizerState && (
        <p>
          It holds the state of the optimizer, two thirds of its size. Nothing here needs it: save
          it without.
        </p>
      )}
      {forkOf && <p>It says that it goes on from {forkOf.slice(0, 80)}.</p>}
    </div>
  );
}

function ProofLine({ proof }: { proof: Proof }) {
  if (proof.state === "found") {
    return (
      <p>
        It carries a recipe of {proof.steps}{" "}
        steps and a chain of checkpoints: its training can be proven here.
      </p>
    );
  }
  if (proof.state === "none") {
    return (
      <p>
        It carries no recipe: it will be scored, and its state of proof will be{" "}
        <StateBadge state="external" />
      </p>
    );
  }
  return (
    <>
      <p>
        It carries a recipe, and a replay here would end at once as{" "}
        <StateBadge state={proof.verdict} />
      </p>
      <ul>{proof.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>
    </>
  );
}
