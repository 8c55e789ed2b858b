// Sends a file to a board in parts, by tus 1.0; what was interrupted goes on where it stopped.

import { Buffer } from "node:buffer";
import type { DetailedError, Upload } from "tus-js-client";
import type { TinyproofError } from "../lib/errors.ts";
import { writeWhole } from "./host.ts";
import type { ProgressBar } from "./output.ts";
import { keyHeaders, refusal, unreachable } from "./server.ts";

const CHUNK_BYTES = 4 * 1024 ** 2;
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 20_000];

export interface SentFile {
  server: string;
  path: string;
  bytes: Uint8Array;
  sha256: string;
  /** The entry of whose run it is a state; without it, a model. */
  stateOf?: string;
  /** Beside the key of an account. */
  headers?: Record<string, string>;
}

/** Id of the upload once the server has the whole file. */
export async function sendInParts(sent: SentFile, bar: ProgressBar): Promise<string> {
  const { server, path, bytes, sha256, stateOf } = sent;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let remembered = Promise.resolve();
  // Loaded here alone: a package it loads listens to signals and sends them a second time.
  const tus = await import("tus-js-client");
  const upload: Upload = new tus.Upload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    endpoint: `${server}/api/v1/uploads`,
    uploadUrl: await begun(sent),
    headers: { ...sent.headers, ...keyHeaders() },
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    metadata: { filename: fileNameOf(path), sha256, ...stateOf && { stateOf } },
    onUploadUrlAvailable() {
      remembered = remember(path, { url: upload.url!, sha256, stateOf });
    },
    onProgress: (done, total) => bar.update(total === 0 ? 0 : done / total, "sending"),
    onSuccess: () => resolve(upload.url!.split("/").at(-1)!),
    onError: (error) => reject(sendingError(server, error)),
  });
  upload.start();
  const id = await promise;
  await remembered;
  bar.end();
  return id;
}

/** It has become what it was sent for, or never will. */
export async function forgetUpload(path: string): Promise<void> {
  await Deno.remove(noteFile(path)).catch(() => {});
}

export function fileNameOf(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}

function sendingError(server: string, error: Error | DetailedError): TinyproofError {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (!response) return unreachable(server, error);
  try {
    return refusal(response.getStatus(), JSON.parse(response.getBody()));
  } catch {
    return refusal(response.getStatus(), null);
  }
}

/** Where an interrupted upload stands, beside the file it is of. */
const noteFile = (path: string) => `${path}.upload`;

interface Begun {
  url: string;
  sha256: string;
  stateOf?: string;
}

function remember(path: string, state: Begun): Promise<void> {
  return writeWhole(noteFile(path), [new TextEncoder().encode(JSON.stringify(state))]);
}

async function begun({ path, server, sha256, stateOf }: SentFile): Promise<string | null> {
  try {
    const state: Begun = JSON.parse(await Deno.readTextFile(noteFile(path)));
    const same = state.sha256 === sha256 && state.stateOf === stateOf;
    return same && state.url.startsWith(`${server}/`) ? state.url : null;
  } catch {
    // None, or one that cannot be read: the upload begins anew.
    return null;
  }
}
