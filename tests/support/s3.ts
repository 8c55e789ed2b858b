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

export async function startBucket(
  { checksums = "compared" }: BucketOptions = {},
): Promise<TestBucket> {
  const directory = await Deno.makeTempDir({ prefix: "tinyproof-s3-" });
  const store = new S3rver({
    ...{ directory, port: 0, address: "127.0.0.1", silent: true, vhostBuckets: false },
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = await store.run();
  const requests: string[] = [], faults: S3Fault[] = [];
  let taken = Promise.withResolvers<void>();
  const hanging = new Set<() => void>();
  const hang = () => new Promise<void>((resolve) => hanging.add(resolve));

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    requests.push(`${request.method} ${url.pathname}`);
    const at = faults.findIndex(({ method }) => method === request.method);
    const fault = at < 0 ? null : faults.splice(at, 1)[0].does;
    if (faults.length === 0) taken.resolve();
    if (fault === "stall") await hang();
    const body = new Uint8Array(await request.arrayBuffer());
    if (fault !== null && typeof fault === "object") return errorAnswer(fault.status, "SlowDown");
    const problem = signatureProblem(request, KEY, REGION);
    if (problem !== null) return errorAnswer(403, "SignatureDoesNotMatch");
    const announced = request.headers.get("x-amz-checksum-sha256");
    if (fault === "flip a bit" && body.length > 0) body[0] ^= 1;
    if (announced && checksums === "refused") return errorAnswer(501, "NotImplemented");
    const compared = checksums === "compared" && request.method === "PUT";
    const wrong = announced !== createHash("sha256").update(body).digest("base64");
    if (compared && wrong) return errorAnswer(400, "BadDigest");
    const response = await forward(request, url, body);
    if (compared && announced) response.headers.set("x-amz-checksum-sha256", announced);
    return fault === null || request.method === "PUT" ? response : await spoil(response, fault);
  }

  async function forward(request: Request, url: URL, body: Uint8Array<ArrayBuffer>) {
    const headers = new Headers(request.headers);
    headers.delete("host");
    const there = await fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, {
      method: request.method,
      headers,
      body: ["GET", "HEAD"].includes(request.method) ? undefined : body,
    });
    return new Response(there.body, { status: there.status, headers: new Headers(there.headers) });
  }

  async function spoil(response: Response, fault: S3Fault["does"]): Promise<Response> {
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (fault === "flip a bit") {
      bytes[0] ^= 1;
      return new Response(bytes, response);
    }
    const half = bytes.subarray(0, bytes.length >> 1);
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(half);
        if (fault === "stall in the body") await hang();
        controller.error(new Error("cut"));
      },
    }, { highWaterMark: 0 });
    return new Response(body, response);
  }

  const door = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError: () => new Response(null) },
    answer,
  );
  const endpoint = `http://127.0.0.1:${door.addr.port}`;
  return {
    settings: { endpoint, region: REGION, bucket: BUCKET, ...KEY, redirect: true },
    env: {
      ...{ S3_ENDPOINT: endpoint, S3_REGION: REGION, S3_BUCKET: BUCKET },
      ...{ S3_ACCESS_KEY_ID: KEY.accessKeyId, S3_SECRET_ACCESS_KEY: KEY.secretAccessKey },
    },
    requests,
    faults,
    faultsTaken() {
      taken = Promise.withResolvers<void>();
      if (faults.length === 0) taken.resolve();
      return taken.promise;
    },
    async close() {
      for (const release of hanging) release();
      await door.shutdown();
      await store.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function errorAnswer(status: number, code: string): Response {
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
  return new Response(text, { status, headers: { "content-type": "application/xml" } });
}
