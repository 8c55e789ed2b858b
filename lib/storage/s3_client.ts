// Objects of one S3-compatible bucket: requests that are tried again, and faults said in words.

import pRetry from "p-retry";
import { S3mini, S3ServiceError } from "s3mini";
import { IntegrityError, UnavailableError } from "../errors.ts";
import { ConnectionError, patientFetch, StalledError } from "./s3_fetch.ts";

export interface S3Settings {
  /** As in "https://s3.eu-central-1.amazonaws.com". */
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Send readers to the bucket for downloads; it has to be reachable for them. */
  redirect: boolean;
}

export interface S3Patience {
  /** How often a request is tried in all. */
  attempts: number;
  /** Wait before the second attempt; doubles with each, plus a random share. */
  firstDelayMs: number;
  /** A request in which nothing moves for this long has failed. */
  stallMs: number;
}

export const PATIENCE: S3Patience = { attempts: 5, firstDelayMs: 250, stallMs: 30_000 };

/** What a request met with, and whether another attempt may end better. */
class Fault extends Error {
  readonly status: number;
  readonly passing: boolean;
  constructor(what: string, { status = 0, passing }: { status?: number; passing: boolean }) {
    super(what);
    this.status = status;
    this.passing = passing;
  }
}

/** Not the bytes that were meant: the way there may have changed them, or they are kept wrong. */
export class WrongBytesError extends Error {}

export interface StoredObject {
  /** SHA-256 as the store computed it, base64; null when it computes none. */
  sha256Base64: string | null;
  /** Most often the MD5 of the bytes, hexadecimal. */
  etag: string | null;
}

export class S3Objects {
  readonly #s3: S3mini;
  readonly #settings: S3Settings;
  readonly #patience: S3Patience;
  /** Some stores know no checksums and refuse a request that has one. */
  #announces = true;

  constructor(settings: S3Settings, patience: S3Patience = PATIENCE) {
    this.#settings = settings;
    this.#patience = patience;
    this.#s3 = new S3mini({
      endpoint: `${settings.endpoint.replace(/\/+$/, "")}/${settings.bucket}`,
      region: settings.region,
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey,
      fetch: patientFetch(patience.stallMs),
    });
  }

  /** @throws {UnavailableError} when the bucket is not there or not open to these credentials. */
  async checkBucket(): Promise<void> {
    await this.#trying("look at the bucket", async () => {
      // Listing tells a missing bucket, a wrong key and a wrong region apart; HEAD has no words.
      const found = await this.#s3.listObjectsPaged("/", "nothing/", 1);
      if (found === null) throw new Fault("no such bucket", { status: 404, passing: false });
    });
  }

  /**
   * Sends a file. The store is told the SHA-256 first and refuses other bytes, if it knows how.
   * @param settle is given what the store says of the object, and throws when that is wrong.
   */
  async put(
    key: string,
    file: { path: string; byteLength: number; sha256Base64: string },
    settle: (stored: StoredObject) => Promise<void>,
  ): Promise<void> {
    await this.#trying(`store ${key}`, async () => {
      const checksum = { "x-amz-checksum-sha256": file.sha256Base64 };
      using source = await Deno.open(file.path);
      const response = await this.#s3.putObject(
        key,
        // Closing is ours: the stream is left where it is when the store answers early.
        file.byteLength === 0 ? "" : ReadableStream.from(chunksOf(source)),
        "application/octet-stream",
        undefined,
        this.#announces ? checksum : {},
        file.byteLength,
      ).catch((error) => {
        // The next attempt goes without; what the store then says of the object is compared.
        if (serviceError(error)?.status === 501) this.#announces = false;
        throw error;
      });
      await settle({
        sha256Base64: response.headers.get("x-amz-checksum-sha256"),
        etag: response.headers.get("etag")?.replaceAll('"', "").toLowerCase() ?? null,
      });
    });
  }

  /**
   * Reads an object whole.
   * @param read is given the bytes, once an attempt; a WrongBytesError of it asks for another.
   * @returns what `read` returned, or null when there is no such object.
   */
  async get<T>(
    key: string,
    read: (bytes: ReadableStream<Uint8Array<ArrayBuffer>>) => Promise<T>,
  ): Promise<T | null> {
    return await this.#trying(`read ${key}`, async () => {
      const response = await orNull(this.#s3.getObjectRaw(key));
      if (response === null) return null;
      return await read(response.body ?? ReadableStream.from([]));
    });
  }

  /** Bytes, or null when there is no such object. */
  async size(key: string): Promise<number | null> {
    return await this.#trying(
      `look for ${key}`,
      () => orNull(this.#s3.getContentLength(key)),
    );
  }

  async delete(key: string): Promise<void> {
    await this.#trying(`delete ${key}`, () => this.#s3.deleteObject(key));
  }

  /** A URL by which anybody may GET the object for `seconds`; `query` overrides headers. */
  presign(key: string, seconds: number, query: Record<string, string>): Promise<string> {
    return this.#s3.getPresignedUrl("GET", key, seconds, query);
  }

  async #trying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { attempts, firstDelayMs } = this.#patience;
    try {
      return await pRetry(() => attempt().catch((error) => Promise.reject(faultOf(error))), {
        retries: attempts - 1,
        minTimeout: firstDelayMs,
        randomize: true,
        shouldRetry: ({ error }) =>
          error instanceof WrongBytesError || (error instanceof Fault && error.passing),
      });
    } catch (error) {
      if (error instanceof WrongBytesError) throw wrongBytes(what, error);
      throw error instanceof Fault ? this.#unavailable(what, error) : error;
    }
  }

  /** In words, without anything that was signed. */
  #unavailable(what: string, fault: Fault): UnavailableError {
    const { bucket, endpoint } = this.#settings;
    const tried = fault.passing ? `, ${this.#patience.attempts} times` : "";
    return new UnavailableError(`The file store could not ${what}: ${fault.message}${tried}`, {
      expected: `bucket ${bucket} at ${new URL(endpoint).host} to answer`,
      got: fault.message,
      fix: fixOf(fault),
    });
  }
}

async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const chunk = new Uint8Array(64 * 1024);
    const read = await file.read(chunk);
    if (read === null) return;
    yield chunk.subarray(0, read);
  }
}

/** Null for an object that is not there. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (serviceError(error)?.status === 404) return null;
    throw error;
  }
}

/** s3mini wraps some of its errors in others. */
function serviceError(error: unknown): S3ServiceError | null {
  if (error instanceof S3ServiceError) return error;
  return error instanceof Error && error.cause ? serviceError(error.cause) : null;
}

/** A request that did not arrive as it was sent. */
const DAMAGED = new Set([
  "BadDigest",
  "IncompleteBody",
  "RequestTimeout",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
]);

function faultOf(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const service = serviceError(error);
  if (service !== null) {
    const { status, body } = service;
    const code = /<Code>(\w{1,80})<\/Code>/.exec(body ?? "")?.[1];
    const passing = status >= 500 || [408, 429].includes(status) || DAMAGED.has(code ?? "");
    return new Fault(`HTTP ${status}${code ? ` ${code}` : ""}`, { status, passing });
  }
  const passing = error instanceof StalledError || error instanceof ConnectionError;
  return passing ? new Fault(error.message, { passing }) : error;
}

function wrongBytes(what: string, error: WrongBytesError): IntegrityError {
  return new IntegrityError(`The file store could not ${what}: ${error.message}`, {
    expected: "the bytes that the name says",
    got: error.message,
    fix: "Restore this file from a backup.",
  });
}

function fixOf({ status, passing }: Fault): string {
  if (status === 301 || status === 307 || status === 400) {
    return "Set S3_REGION and S3_ENDPOINT to those of the bucket.";
  }
  if (status === 401 || status === 403) {
    return "Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and that they may read, write and list.";
  }
  if (status === 404) return "Create the bucket, or set S3_BUCKET to one that exists.";
  return passing ? "Try again later." : "See docs/storage.md.";
}
