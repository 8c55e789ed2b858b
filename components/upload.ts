// Sends a file from the tab in parts, and goes on after a pause, a lost connection, a reload of the
// page or a restart of the server. The protocol is tus 1.0, the client its own.

import type { DetailedError, PreviousUpload, Upload } from "tus-js-client";
import type { PublicProblem } from "../lib/errors.ts";

const ENDPOINT = "/api/v1/uploads";
/** A proxy holds a part back until it has all of it, and a bar moves by parts then. */
const CHUNK_BYTES = 4 * 1024 ** 2;
/** Waits between attempts; counted anew once something gets through. */
const RETRY_MS = [0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000];
const FINGERPRINT = "tinyproof-";

export interface UploadProgress {
  /** 0..1 */
  fraction: number;
  /** The connection is lost and another attempt follows by itself. */
  waiting: boolean;
}

export interface RunningUpload {
  pause(): void;
  resume(): void;
  /** Throws away what has arrived. */
  cancel(): Promise<void>;
  /** Id of the upload once the server has the whole file; rejects with a `PublicProblem`. */
  whole: Promise<string>;
}

/** What a file is sent as, where it is no model: a state of a run, by its author. */
export interface StateTarget {
  /** Id of the model. */
  stateOf: string;
  /** A guest's key; empty for an account. */
  key: string;
}

/** Begins, or goes on where the same file was left. */
export async function startUpload(
  file: File,
  sha256: string,
  onProgress: (progress: UploadProgress) => void,
  target?: StateTarget,
): Promise<RunningUpload> {
  const tus = await import("tus-js-client");
  const { promise: whole, resolve, reject } = Promise.withResolvers<string>();
  let fraction = 0;
  const upload: Upload = new tus.Upload(file, {
    endpoint: ENDPOINT,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    metadata: { filename: file.name, sha256, ...target && { stateOf: target.stateOf } },
    headers: target?.key ? { "withdrawal-key": target.key } : {},
    // By content: a copy under another name goes on too.
    fingerprint: () => Promise.resolve(fingerprintOf(sha256, target)),
    onProgress(sent, total) {
      fraction = total === 0 ? 0 : sent / total;
      onProgress({ fraction, waiting: false });
    },
    onShouldRetry(error) {
      const again = mayPass(error);
      if (again) onProgress({ fraction, waiting: true });
      return again;
    },
    onSuccess: () => resolve(idOf(upload.url)),
    onError: (error) => reject(problemOf(error)),
  });
  const [previous] = await upload.findPreviousUploads();
  if (previous) upload.resumeFromPreviousUpload(previous);
  upload.start();
  return {
    pause: () => void upload.abort(),
    resume: () => upload.start(),
    cancel: () => upload.abort(true),
    whole,
  };
}

/** Forgets where a file was sent to: it has become what it was sent as, or never will. */
export async function forgetUpload(sha256: string, target?: StateTarget): Promise<void> {
  const { defaultOptions: { urlStorage } } = await import("tus-js-client");
  const kept = await urlStorage.findUploadsByFingerprint(fingerprintOf(sha256, target));
  for (const { urlStorageKey } of kept) await urlStorage.removeUpload(urlStorageKey);
}

function fingerprintOf(sha256: string, target?: StateTarget): string {
  return FINGERPRINT + (target ? `${target.stateOf}-` : "") + sha256;
}

/** Names of models whose upload from this browser was interrupted. */
export async function interruptedUploads(): Promise<string[]> {
  // Without any, a page of a form needs no client of uploads.
  if (!Object.keys(localStorage).some((key) => key.includes(FINGERPRINT))) return [];
  const { defaultOptions: { urlStorage } } = await import("tus-js-client");
  const open = await Promise.all((await urlStorage.findAllUploads()).map(nameIfOpen));
  return open.filter((name) => name !== null);
}

async function nameIfOpen({ uploadUrl, metadata }: PreviousUpload): Promise<string | null> {
  if (uploadUrl === null || "stateOf" in metadata) return null;
  const response = await fetch(uploadUrl).catch(() => null);
  if (!response?.ok) return null;
  const { submission } = await response.json();
  return submission === null ? metadata.filename : null;
}

/** Without an answer, or with one that says "later", it is tried again. */
function mayPass(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  return status === 0 || status === 409 || status >= 500;
}

function idOf(url: string | null): string {
  return new URL(url ?? "", location.href).pathname.split("/").at(-1)!;
}

function problemOf(error: Error | DetailedError): PublicProblem {
  const response = "originalResponse" in error ? error.originalResponse : null;
  return parsed(response?.getBody() ?? "") ?? {
    message: "The connection is lost",
    fix: "What has arrived is kept. Send it again to go on from there.",
  };
}

function parsed(body: string): PublicProblem | null {
  try {
    return JSON.parse(body).error ?? null;
  } catch {
    return null;
  }
}
