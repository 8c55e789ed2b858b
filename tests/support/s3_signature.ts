// Signature Version 4 of a request, worked out here from its published description with node:crypto
// alone, so that a library that signs wrongly is found out.

import { createHash, createHmac } from "node:crypto";

export interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

export interface Signed {
  /** "20130524T000000Z" */
  time: string;
  region: string;
  /** Lower case, sorted, joined by ";". */
  signedHeaders: string;
  payloadHash: string;
}

/** The signature in hexadecimal; X-Amz-Signature itself is never part of what is signed. */
export function signature(
  request: Pick<Request, "method" | "url" | "headers">,
  { secretAccessKey }: SigningKey,
  { time, region, signedHeaders, payloadHash }: Signed,
): string {
  const url = new URL(request.url);
  const headers = signedHeaders.split(";").map((name) => {
    const value = name === "host" ? url.host : request.headers.get(name) ?? "";
    return `${name}:${value.trim()}\n`;
  });
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery(url),
    headers.join(""),
    signedHeaders,
    payloadHash,
  ].join("\n");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = [ALGORITHM, time, scope, sha256(canonical)].join("\n");
  let key: string | Uint8Array = `AWS4${secretAccessKey}`;
  for (const part of [day, region, "s3", "aws4_request"]) key = hmac(key, part);
  return hmac(key, text).toString("hex");
}

/** Why the request would be refused, or null. Headers or query parameters carry the signature. */
export function signatureProblem(
  request: Pick<Request, "method" | "url" | "headers">,
  key: SigningKey,
  region: string,
): string | null {
  const query = new URL(request.url).searchParams;
  const header = request.headers.get("authorization") ?? "";
  const part = (name: string) =>
    query.get(`X-Amz-${name}`) ?? new RegExp(`${name}=([^, ]+)`).exec(header)?.[1] ?? "";
  const time = query.get("X-Amz-Date") ?? request.headers.get("x-amz-date") ?? "";
  const payloadHash = query.has("X-Amz-Signature")
    ? "UNSIGNED-PAYLOAD"
    : request.headers.get("x-amz-content-sha256") ?? "";
  const [id, day, signedRegion] = part("Credential").split("/");
  if (id !== key.accessKeyId) return `the key ${id}`;
  if (signedRegion !== region || day !== time.slice(0, 8)) return "another scope";
  const right = signature(request, key, {
    ...{ time, region, payloadHash },
    signedHeaders: part("SignedHeaders"),
  });
  return right === part("Signature") ? null : "another signature";
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort().join("&");
}

/** All but unreserved characters (RFC 3986). */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Uint8Array, text: string) {
  return createHmac("sha256", key).update(text).digest();
}
