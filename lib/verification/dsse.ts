// Signed documents: DSSE envelopes (secure-systems-lab/dsse 1.0.2) with Ed25519 (RFC 8032) by
// WebCrypto. Knows no report and no store of keys.

import { concatBytes, fromBase64, toBase64, utf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";

export const IN_TOTO_PAYLOAD = "application/vnd.in-toto+json";

/** A document and who signed it. */
export interface Envelope {
  payloadType: string;
  /** Base64 of the signed bytes. */
  payload: string;
  /** One at least; `sig` in base64. */
  signatures: { keyid: string; sig: string }[];
}

/** A public key and what names it. */
export interface PublicKey {
  /** SHA-256 of the 32 bytes, hexadecimal. */
  keyid: string;
  /** Base64 of 32 bytes. */
  publicKey: string;
}

export interface SigningKey extends PublicKey {
  privateKey: CryptoKey;
}

/** `DSSEv1 LEN(type) type LEN(payload) payload`, lengths in bytes as decimal numbers. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = utf8(payloadType);
  return concatBytes([
    utf8(`DSSEv1 ${type.length} `),
    type,
    utf8(` ${payload.length} `),
    payload,
  ]);
}

/** Signs the payload with every key, in that order. */
export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  keys: readonly SigningKey[],
): Promise<Envelope> {
  const message = preAuthEncoding(payloadType, payload);
  const signatures = await Promise.all(keys.map(async ({ keyid, privateKey }) => ({
    keyid,
    sig: toBase64(new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, message))),
  })));
  return { payloadType, payload: toBase64(payload), signatures };
}

/** The ids of those `keys` that signed this very payload. */
export async function signersOf(
  { payloadType, payload, signatures }: Envelope,
  keys: readonly PublicKey[],
): Promise<string[]> {
  const message = preAuthEncoding(payloadType, fromBase64(payload));
  const found: string[] = [];
  for (const { keyid, sig } of signatures) {
    const key = keys.find((key) => key.keyid === keyid);
    if (key !== undefined && await isSignature(key, fromBase64(sig), message)) found.push(keyid);
  }
  return found;
}

async function isSignature(
  { publicKey }: PublicKey,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", fromBase64(publicKey), "Ed25519", false, [
      "verify",
    ]);
    return await crypto.subtle.verify("Ed25519", key, signature, message);
  } catch {
    // No point of the curve, or no 32 bytes.
    return false;
  }
}

/** @param publicKey 32 bytes. */
export function keyIdOf(publicKey: Uint8Array): Promise<string> {
  return sha256Hex(publicKey);
}
