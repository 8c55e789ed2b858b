// A file on its way in parts: how far it is, and what may be done with it meanwhile.

import { useEffect, useRef, useState } from "preact/hooks";
import { type RunningUpload, startUpload, type StateTarget } from "./upload.ts";

export interface Sending {
  fileName: string;
  phase: "sending" | "waiting" | "paused" | "submitting";
  /** 0..1 */
  fraction: number;
}

export function useUpload() {
  /** Null when nothing is being sent. */
  const [sending, setSending] = useState<Sending | null>(null);
  const upload = useRef<RunningUpload | null>(null);
  useEffect(() => () => upload.current?.pause(), []);

  /** Shows a file as being sent before its upload begins, for what comes first. */
  const show = ({ name: fileName }: File) =>
    setSending({ fileName, phase: "sending", fraction: 0 });

  /**
   * Id of the upload once the server has the whole file; it is shown as being submitted then.
   * @param target where it is a state of a run.
   * @throws {PublicProblem} when it is refused.
   */
  async function send(file: File, sha256: string, target?: StateTarget): Promise<string> {
    upload.current = await startUpload(file, sha256, ({ fraction, waiting }) => {
      setSending((now) => {
        const phase = now?.phase === "paused" ? "paused" : waiting ? "waiting" : "sending";
        return now && { ...now, phase, fraction };
      });
    }, target);
    const id = await upload.current.whole;
    setSending({ fileName: file.name, phase: "submitting", fraction: 1 });
    return id;
  }

  return {
    ...{ sending, show, send },
    hide: () => setSending(null),
    pause() {
      upload.current?.pause();
      setSending((now) => now && { ...now, phase: "paused" });
    },
    resume() {
      setSending((now) => now && { ...now, phase: "sending" });
      upload.current?.resume();
    },
    async cancel() {
      setSending(null);
      await upload.current?.cancel();
    },
  };
}
