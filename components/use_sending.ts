// Sends a file in parts and makes a submission of it: what the form shows meanwhile.

import type { PublicProblem } from "../lib/errors.ts";
import { withdrawalDigest } from "../lib/submissions/withdrawal_key.ts";
import { handOver, keyFor } from "./guest_keys.ts";
import { forgetUpload } from "./upload.ts";
import { useUpload } from "./use_upload.ts";

type Outcome = { location: string } | { problem: PublicProblem };

/** @param guest the submission is nobody's account's: this browser keeps a key to withdraw it. */
export function useSending(guest: boolean) {
  const { sending, show, hide, send: upload, ...controls } = useUpload();

  /**
   * Settles when the submission is there or refused; never when it is cancelled. `read` gives the
   * fields once the file has arrived: they may be edited until then.
   */
  async function send(read: () => FormData, file: File, sha256: string): Promise<Outcome> {
    show(file);
    try {
      const outcome = await submit(await upload(file, sha256), read(), sha256, guest);
      if ("problem" in outcome) hide();
      return outcome;
    } catch (problem) {
      hide();
      return { problem: problem as PublicProblem };
    }
  }

  return { sending, send, ...controls };
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
