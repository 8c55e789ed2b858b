// Sends states of a run, one after the other, each in parts: what the form shows meanwhile.

import { useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../lib/errors.ts";
import { sha256Hex } from "../lib/hash.ts";
import { forgetUpload, type StateTarget } from "./upload.ts";
import { useUpload } from "./use_upload.ts";

/** What became of one file. */
export interface SentState {
  fileName: string;
  /** Step of the state that was taken. */
  step: number | null;
  problem: PublicProblem | null;
}

export function useSendingStates(target: StateTarget) {
  const { sending, show, hide, send: upload, cancel, ...controls } = useUpload();
  const [sent, setSent] = useState<SentState[]>([]);
  const stopped = useRef(false);

  /** True when every file was taken. */
  async function send(files: readonly File[]): Promise<boolean> {
    stopped.current = false;
    setSent([]);
    const outcomes: SentState[] = [];
    for (const file of files) {
      if (stopped.current) break;
      outcomes.push(await sendOne(file));
      setSent([...outcomes]);
    }
    hide();
    return outcomes.length === files.length && outcomes.every(({ problem }) => problem === null);
  }

  async function sendOne(file: File): Promise<SentState> {
    const { name: fileName } = file;
    show(file);
    try {
      const sha256 = await sha256Hex(new Uint8Array(await file.arrayBuffer()));
      const step = await deliver(await upload(file, sha256, target), sha256, target);
      return { fileName, step, problem: null };
    } catch (problem) {
      return { fileName, step: null, problem: problem as PublicProblem };
    }
  }

  return {
    ...{ sending, sent, send, ...controls },
    cancel() {
      stopped.current = true;
      return cancel();
    },
  };
}

/** Step of the state that was taken. @throws {PublicProblem} when it was not. */
async function deliver(upload: string, sha256: string, target: StateTarget): Promise<number> {
  const { stateOf, key } = target;
  const response = await fetch(`/api/v1/submissions/${stateOf}/states?upload=${upload}`, {
    method: "POST",
    headers: key ? { "withdrawal-key": key } : {},
  }).catch(() => null);
  const { step, error } = Object(await response?.json().catch(() => null));
  // Taken, or refused for good: other bytes would be another upload.
  if (response !== null && response.status < 500) await forgetUpload(sha256, target);
  if (response?.status === 201) return step;
  throw error ?? {
    message: "The file has arrived, but the server did not answer",
    fix: "Send it again: nothing is sent twice.",
  };
}
