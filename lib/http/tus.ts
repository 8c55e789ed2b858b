// The headers of tus 1.0, the protocol of resumable uploads (tus.io): core, creation, expiration,
// termination and checksum. Knows no route and no database.

import { fromUtf8 } from "../bytes.ts";
import { TinyproofError } from "../errors.ts";
import { type Checksum, CHECKSUM_ALGORITHMS } from "../storage/part_files.ts";

export const TUS_VERSION = "1.0.0";

/** A request that is not as the protocol asks. */
export class TusError extends TinyproofError {
  readonly status: number;
  constructor(status: number, expected: string, got: string | null) {
    super("The request does not follow the protocol of resumable uploads", {
      expected,
      got: got === null ? "nothing" : got.slice(0, 120),
      fix: "Use a client of tus 1.0 (tus.io), or the command line: deno task cli submit FILE",
    });
    this.status = status;
  }
}

/** Sent with OPTIONS. */
export function tusFeatures(maxBytes: number): Record<string, string> {
  return {
    "tus-version": TUS_VERSION,
    "tus-extension": "creation,expiration,termination,checksum",
    "tus-max-size": String(maxBytes),
    "tus-checksum-algorithm": CHECKSUM_ALGORITHMS.join(","),
  };
}

/** @throws {TusError} 412 when the sender speaks another version. */
export function mustSpeakTus({ headers }: Request): void {
  const version = headers.get("tus-resumable");
  if (version !== TUS_VERSION) {
    throw new TusError(412, `the header Tus-Resumable: ${TUS_VERSION}`, version);
  }
}

/** @throws {TusError} 400 when there is no such header, or it is no count of bytes. */
export function byteCount({ headers }: Request, name: "Upload-Length" | "Upload-Offset"): number {
  const text = headers.get(name);
  if (text !== null && /^\d{1,15}$/.test(text)) return Number(text);
  throw new TusError(400, `the header ${name} with a number of bytes`, text);
}

/** @throws {TusError} 415 */
export function mustBePart({ headers }: Request): void {
  const type = headers.get("content-type");
  if (type === PART_TYPE) return;
  throw new TusError(415, `the content type ${PART_TYPE}`, type);
}

export const PART_TYPE = "application/offset+octet-stream";

/** The pairs of Upload-Metadata, decoded. @throws {TusError} 400 */
export function metadata({ headers }: Request): Record<string, string> {
  const text = headers.get("upload-metadata") ?? "";
  const pairs = text.split(",").map((pair) => pair.trim()).filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => {
    const [key, value = "", ...more] = pair.split(" ");
    const bytes = base64(value);
    if (bytes === null || more.length > 0) {
      throw new TusError(400, "pairs of a key and base64 in Upload-Metadata", pair);
    }
    return [key, fromUtf8(bytes)];
  }));
}

/** What Upload-Checksum says, or null. @throws {TusError} 400 */
export function checksumOf({ headers }: Request): Checksum | null {
  const text = headers.get("upload-checksum");
  if (text === null) return null;
  const [name, digest = ""] = text.split(" ");
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name);
  if (algorithm !== undefined && base64(digest) !== null && digest !== "") {
    return { algorithm, digest };
  }
  const known = CHECKSUM_ALGORITHMS.join(" or ");
  throw new TusError(400, `${known} and a base64 digest in Upload-Checksum`, text);
}

function base64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
