// Keys and histories of keys for tests, made without a server.

import { toBase64 } from "../../lib/bytes.ts";
import { keyIdOf, type SigningKey } from "../../lib/verification/dsse.ts";
import { announce, type PublishedKey } from "../../lib/verification/signing_key.ts";

export async function makeKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign"]) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { keyid: await keyIdOf(raw), publicKey: toBase64(raw), privateKey: pair.privateKey };
}

/** As a board publishes it. */
export async function published(
  key: SigningKey,
  { from, until = null, previous = null }: {
    from: string;
    until?: string | null;
    previous?: SigningKey | null;
  },
): Promise<PublishedKey> {
  return {
    keyid: key.keyid,
    publicKey: key.publicKey,
    ...{ from, until },
    announcement: await announce(key, new Date(from), previous),
  };
}
