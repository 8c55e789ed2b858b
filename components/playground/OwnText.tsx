import { useState } from "preact/hooks";
import type { ScanReport } from "../../lib/corpora/contamination/report.ts";
import type { PublicProblem } from "../../lib/errors.ts";
import { formatBytes, shortDigest } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { site, startWork } from "./train_worker.ts";

interface Scanned {
  sha256: string;
  byteLength: number;
  report: ScanReport;
}

interface Props {
  disabled: boolean;
  /** The text is kept in this browser and may be trained on. */
  onReady: (text: { sha256: string; byteLength: number }) => void;
}

/** A text of the visitor's: read, hashed and searched for evaluation text, here in the tab. */
export function OwnText({ disabled, onReady }: Props) {
  const { stage, scanned, problem, look } = useScan(onReady);
  return (
    <details class="own-text">
      <summary>Your own text</summary>
      <div class="inside">
        <div class="field">
          <label for="own-file">Text file, UTF-8</label>
          <input
            id="own-file"
            type="file"
            accept=".txt,text/plain"
            disabled={disabled}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void look(file);
            }}
          />
        </div>
        <PastedText {...{ disabled, stage }} onText={(text) => void look(text)} />
        {problem && <ProblemNote problem={problem} />}
        {scanned && <Findings {...scanned} />}
        <p class="hint muted small">
          It stays in this browser until you publish it. A model made with a text that the board
          does not have can be scored there and not be trained again; the page offers to publish it
          when you submit.
        </p>
      </div>
    </details>
  );
}

function useScan(onReady: Props["onReady"]) {
  /** What is being done, or null. */
  const [stage, setStage] = useState<string | null>(null);
  const [scanned, setScanned] = useState<Scanned | null>(null);
  const [problem, setProblem] = useState<PublicProblem | null>(null);

  async function look(text: Blob) {
    setProblem(null);
    setScanned(null);
    setStage("reading");
    try {
      await startWork({ type: "scan", site: site(), text }, (reply) => {
        if (reply.type === "stage") setStage(reply.stage);
        if (reply.type !== "scanned") return;
        setScanned(reply);
        onReady(reply);
      }).done;
    } catch (error) {
      setProblem(error as PublicProblem);
    }
    setStage(null);
  }

  return { stage, scanned, problem, look };
}

function PastedText({ disabled, stage, onText }: {
  disabled: boolean;
  stage: string | null;
  onText: (text: Blob) => void;
}) {
  const [pasted, setPasted] = useState("");
  return (
    <>
      <div class="field">
        <label for="own-text">or paste it</label>
        <textarea
          id="own-text"
          rows={4}
          disabled={disabled}
          value={pasted}
          onInput={(event) => setPasted(event.currentTarget.value)}
        />
      </div>
      <p class="actions">
        <button
          class="button quiet small"
          type="button"
          disabled={disabled || pasted === "" || stage !== null}
          onClick={() => onText(new Blob([pasted]))}
        >
          Use the pasted text
        </button>
        <span class="muted small" role="status">{stage}</span>
      </p>
    </>
  );
}

function Findings({ sha256, byteLength, report }: Scanned) {
  const found = report.parts.flatMap(({ targets }) => targets).filter(({ contaminated }) =>
    contaminated
  );
  return (
    <div class={`note ${found.length > 0 ? "bad" : "good"}`} role="status" data-own-text={sha256}>
      <p>
        {formatBytes(byteLength)}, SHA-256{" "}
        <code>{shortDigest(sha256)}…</code>. It is in the list of sources now.
      </p>
      <p>
        {found.length === 0
          ? "It holds no text of a benchmark."
          : `It holds text of ${
            found.map(({ benchmark }) => benchmark).join(", ")
          }: a model made with it gets no rank there.`}
      </p>
    </div>
  );
}
