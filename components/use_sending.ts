// Sends a file in parts and makes a submission of it: what the form shows meanwhile.

import { useEffect, useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../lib/errors.ts";
import { withdrawalDigest } from "../lib/submissions/withdrawal_key.ts";
import { handOver, keyFor } from "./guest_keys.ts";
import { forgetUpload, type RunningUpload, startUpload } from "./upload.ts";

export interface Sending {
  phase: "sending" | "waiting" | "paused" | "submitting";
  /** 0..1 */
  fraction: number;
}

type Outcome = { location: string } | { problem: PublicProblem };

/** @param guest the submission is nobody's account's: this browser keeps a key to withdraw it. */
export function useSending(guest: boolean) {
  /** Null when nothing is being sent. */
  const [sending, setSending] = useState<Sending | null>(null);
  const upload = useRef<RunningUpload | null>(null);
  useEffect(() => () => upload.current?.pause(), []);

  /**
   * Settles when the submission is there or refused; never when it is cancelled. `read` gives the
   * fields once the file has arrived: they may be edited until then.
   */
  async function send(read: () => FormData, file: File, sha256: string): Promise<Outcome> {
    setSending({ phase: "sending", fraction: 0 });
    try {
      upload.current = await startUpload(file, sha256, ({ fraction, waiting }) => {
        setSending((now) => {
          const phase = now?.phase === "paused" ? "paused" : waiting ? "waiting" : "sending";
          return now && { phase, fraction };
        });
      });
      const id = await upload.current.whole;
      setSending({ phase: "submitting", fraction: 1 });
      const outcome = await submit(id, read(), sha256, guest);
      if ("location" in outcome) return outcome;
      setSending(null);
      return outcome;
    } catch (problem) {
      setSending(null);
      return { problem: problem as PublicProblem };
    }
  }

  return {
    sending,
    send,
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

const FIELDS = ["name", "author", "blurb", "forkOf", "revisionOf"];

async function submit(
  upload: string,
  form: FormData,
  sha256: string,
  guest: boolean,
): Promise<Outcome> {
  const query = new URLSearchParams({ upload });
  for (const name of FIELDS) query.set(name, String(form.get(name) ?? ""));
  const key = guest ? keyFor(sha256) : null;
  if (key !== null) query.set("withdrawal", withdrawalDigest(key)!);
  const headers = { "withdrawal-key": String(form.get("revisionKey") ?? "") };
  const response = await fetch(`/api/v1/submissions?${query}`, { method: "POST", headers })
    .catch(() => null);
  const { id, status, error } = Object(await response?.json().catch(() => null));
  if (response?.status !== 201) return { problem: error ?? lost() };
  await forgetUpload(sha256);
  if (key !== null) handOver(sha256, id, key);
  return { location: status };
}

function lost(): PublicProblem {
  return {
    message: "The file has arrived, but the server did not answer",
    fix: "Submit it again: nothing is sent twice.",
  };
}
