import { useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import { type Packing, PACKINGS } from "../../workers/train_protocol.ts";
import { ProblemNote } from "../Problem.tsx";
import { startWork } from "./train_worker.ts";

const WORDS: Record<Packing, string> = {
  fp32: ".tinygpt, fp32",
  fp16: ".tinygpt, fp16",
  int4: ".tinygpt, int4",
  safetensors: "safetensors",
};

/** The model as a file, packed in a worker. */
export function Downloads({ file }: { file: File }) {
  const { busy, problem, download } = useDownload(file);
  return (
    <>
      <p class="actions">
        {PACKINGS.map((packing) => (
          <button
            key={packing}
            class="button quiet small"
            type="button"
            disabled={busy !== null}
            onClick={() => void download(packing)}
          >
            {busy === packing ? "Packing …" : WORDS[packing]}
          </button>
        ))}
      </p>
      <p class="hint muted small">
        fp16 halves the file and int4 takes a seventh of it; their rounded weights score a little
        differently. Recipe and chain stay in every .tinygpt file.
      </p>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

function useDownload(file: File) {
  const [busy, setBusy] = useState<Packing | null>(null);
  const [problem, setProblem] = useState<PublicProblem | null>(null);

  async function download(packing: Packing) {
    setBusy(packing);
    setProblem(null);
    const stem = file.name.replace(/\.tinygpt$/, "");
    try {
      await startWork({ type: "pack", file, packing }, (reply) => {
        if (reply.type === "packed") save(new Blob([reply.bytes]), stem + reply.ending);
      }).done;
    } catch (error) {
      setProblem(error as PublicProblem);
    }
    setBusy(null);
  }

  return { busy, problem, download };
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes by the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
