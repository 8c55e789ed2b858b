import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { S3mini } from "s3mini";
import { signature, signatureProblem } from "../support/s3_signature.ts";

/** The key and the bucket of the examples in "Authenticating Requests (AWS Signature Version 4)". */
const KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const ENDPOINT = "https://examplebucket.s3.amazonaws.com";
const REGION = "us-east-1";
const TIME = "20130524T000000Z";
const PRESIGNED = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Runs `work` with a clock that stands at the time of the examples. */
async function atThatTime<T>(work: () => Promise<T>): Promise<T> {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor() {
      super("2013-05-24T00:00:00Z");
    }
  } as DateConstructor;
  try {
    return await work();
  } finally {
    globalThis.Date = RealDate;
  }
}

describe("signatures of requests to a bucket", () => {
  it("are worked out here as Amazon's examples say", () => {
    const get = new Request(`${ENDPOINT}/test.txt`, {
      headers: { range: "bytes=0-9", "x-amz-content-sha256": EMPTY, "x-amz-date": TIME },
    });
    assert.equal(
      signature(get, KEY, {
        ...{ time: TIME, region: REGION, payloadHash: EMPTY },
        signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
      }),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    const list = new Request(`${ENDPOINT}/?max-keys=2&prefix=J`, {
      headers: { "x-amz-content-sha256": EMPTY, "x-amz-date": TIME },
    });
    assert.equal(
      signature(list, KEY, {
        ...{ time: TIME, region: REGION, payloadHash: EMPTY },
        signedHeaders: "host;x-amz-content-sha256;x-amz-date",
      }),
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    );
  });

  it("are what the library writes into an address, in Amazon's example", async () => {
    const s3 = new S3mini({ ...KEY, endpoint: ENDPOINT, region: REGION });
    const url = await atThatTime(() => s3.getPresignedUrl("GET", "test.txt", 86400));
    assert.equal(new URL(url).searchParams.get("X-Amz-Signature"), PRESIGNED);
    assert.equal(signatureProblem(new Request(url), KEY, REGION), null);
  });

  it("are the same from the library and from here for requests of every kind", async () => {
    const sent: Request[] = [];
    const s3 = new S3mini({
      ...{ ...KEY, endpoint: "http://127.0.0.1:9000/bucket", region: REGION },
      fetch: (input, init) => {
        sent.push(new Request(input, init));
        return Promise.resolve(new Response("<ListBucketResult></ListBucketResult>"));
      },
    });
    const checksum = { "x-amz-checksum-sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" };
    await s3.putObject("blobs/a", "body", undefined, undefined, checksum);
    await s3.getObjectRaw("blobs/a", false, 3, 9);
    await s3.deleteObject("blobs/a");
    await s3.listObjectsPaged("/", "blobs/", 1);
    assert.deepEqual(sent.map(({ method }) => method), ["PUT", "GET", "DELETE", "GET"]);
    assert.deepEqual(sent.map((request) => signatureProblem(request, KEY, REGION)), [
      null,
      null,
      null,
      null,
    ]);
  });

  it("do not hold for another key, place or request", async () => {
    const s3 = new S3mini({ ...KEY, endpoint: ENDPOINT, region: REGION });
    const url = await s3.getPresignedUrl("GET", "test.txt", 60, {
      "response-content-disposition": 'attachment; filename="a.tinygpt"',
    });
    const get = new Request(url);
    assert.equal(signatureProblem(get, KEY, REGION), null);
    assert.equal(signatureProblem(get, KEY, "eu-central-1"), "another scope");
    assert.equal(
      signatureProblem(get, { ...KEY, secretAccessKey: "no" }, REGION),
      "another signature",
    );
    const longer = new Request(url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"));
    assert.equal(signatureProblem(longer, KEY, REGION), "another signature");
  });
});
