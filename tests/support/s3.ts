// A bucket for tests: npm's s3rver, which checks no signature of version 4, behind a door that does.
// The door can also fail in the ways of a network and of a real store.

import { createHash } from "node:crypto";
import S3rver from "s3rver";
import type { S3Settings } from "../../lib/storage/s3_client.ts";
import { signatureProblem } from "./s3_signature.ts";

/** What happens instead of the answer, once, to the next request that fits. */
export interface S3Fault {
  method: string;
  does:
    /** This status, and nothing is done. */
    | { status: number }
    /** No answer, ever. */
    | "stall"
    /** The answer's body begins and never ends. */
    | "stall in the body"
    /** The first bit of the body, sent or received, is flipped. */
    | "flip a bit"
    /** Half of the answer's body, then the connection ends. */
    | "cut";
}

export interface TestBucket {
  settings: S3Settings;
  /** As environment of a server. */
  env: Record<string, string>;
  /** "PUT /bucket/blobs/…", in order, faulty ones too. */
  requests: string[];
  /** Taken from the front, one by each request they fit. */
  faults: S3Fault[];
  /** When all of them were. */
  faultsTaken(): Promise<void>;
  close(): Promise<void>;
}

export interface BucketOptions {
  /** What becomes of a SHA-256 that a PUT announces: Amazon S3 compares it. */
  checksums?: "compared" | "ignored" | "refused";
}

const KEY = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
const BUCKET = "tinyproof";
const REGION = "eu-central-1";

export async function startBucket({ checksums = "compared" }: BucketOptions = {}): Promise<
  TestBucket
> {
  const directory = await Deno.makeTempDir({ prefix: "tinyproof-s3-" });
  const store = new S3rver({
    ...{ directory, port: 0, address: "127.0.0.1", silent: true, vhostBuckets: false },
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const door = new Door((await store.run()).port, checksums);
  const listening = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError: () => new Response(null) },
    (request) => door.answer(request),
  );
  const endpoint = `http://127.0.0.1:${listening.addr.port}`;
  return {
    settings: { endpoint, region: REGION, bucket: BUCKET, ...KEY, redirect: true },
    env: {
      ...{ S3_ENDPOINT: endpoint, S3_REGION: REGION, S3_BUCKET: BUCKET },
      ...{ S3_ACCESS_KEY_ID: KEY.accessKeyId, S3_SECRET_ACCESS_KEY: KEY.secretAccessKey },
    },
    requests: door.requests,
    faults: door.faults,
    faultsTaken: () => door.faultsTaken(),
    async close() {
      door.releaseAll();
      await listening.shutdown();
      await store.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

class Door {
  readonly requests: string[] = [];
  readonly faults: S3Fault[] = [];
  readonly #port: number;
  readonly #checksums: BucketOptions["checksums"];
  readonly #hanging = new Set<() => void>();
  #taken = Promise.withResolvers<void>();

  constructor(port: number, checksums: BucketOptions["checksums"]) {
    this.#port = port;
    this.#checksums = checksums;
  }

  faultsTaken(): Promise<void> {
    this.#taken = Promise.withResolvers<void>();
    if (this.faults.length === 0) this.#taken.resolve();
    return this.#taken.promise;
  }

  releaseAll(): void {
    for (const release of this.#hanging) release();
  }

  async answer(request: Request): Promise<Response> {
    this.requests.push(`${request.method} ${new URL(request.url).pathname}`);
    const fault = this.#takeFault(request.method);
    if (fault === "stall") await this.#hang();
    const body = new Uint8Array(await request.arrayBuffer());
    if (fault !== null && typeof fault === "object") return errorAnswer(fault.status, "SlowDown");
    if (signatureProblem(request, KEY, REGION) !== null) {
      return errorAnswer(403, "SignatureDoesNotMatch");
    }
    if (fault === "flip a bit" && body.length > 0) body[0] ^= 1;
    const response = await this.#store(request, body);
    return fault === null || request.method === "PUT"
      ? response
      : await this.#spoil(response, fault);
  }

  #takeFault(method: string): S3Fault["does"] | null {
    const at = this.faults.findIndex((fault) => fault.method === method);
    if (at < 0) return null;
    const [fault] = this.faults.splice(at, 1);
    if (this.faults.length === 0) this.#taken.resolve();
    return fault.does;
  }

  /** What s3rver says, after what it does not look at. */
  async #store(request: Request, body: Uint8Array<ArrayBuffer>): Promise<Response> {
    const announced = request.headers.get("x-amz-checksum-sha256");
    if (announced === null || this.#checksums === "ignored") {
      return await this.#forward(request, body);
    }
    if (this.#checksums === "refused") return errorAnswer(501, "NotImplemented");
    const got = createHash("sha256").update(body).digest("base64");
    if (announced !== got) return errorAnswer(400, "BadDigest");
    const response = await this.#forward(request, body);
    response.headers.set("x-amz-checksum-sha256", got);
    return response;
  }

  async #forward(request: Request, body: Uint8Array<ArrayBuffer>): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    const there = await fetch(`http://127.0.0.1:${this.#port}${pathname}${search}`, {
      method: request.method,
      headers,
      body: ["GET", "HEAD"].includes(request.method) ? undefined : body,
    });
    return new Response(there.body, { status: there.status, headers: new Headers(there.headers) });
  }

  async #spoil(response: Response, fault: S3Fault["does"]): Promise<Response> {
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (fault === "flip a bit") {
      bytes[0] ^= 1;
      return new Response(bytes, response);
    }
    const half = bytes.subarray(0, bytes.length >> 1);
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        controller.enqueue(half);
        if (fault === "stall in the body") await this.#hang();
        controller.error(new Error("cut"));
      },
    }, { highWaterMark: 0 });
    return new Response(body, response);
  }

  #hang(): Promise<void> {
    return new Promise((resolve) => this.#hanging.add(resolve));
  }
}

function errorAnswer(status: number, code: string): Response {
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
  return new Response(text, { status, headers: { "content-type": "application/xml" } });
}
