// The key a visitor signs confirmations with: made in this browser, kept in it, and nowhere else.

import { fromBase64, toBase64 } from "../lib/bytes.ts";
import { keyIdOf, type SigningKey } from "../lib/verification/dsse.ts";

const DATABASE = "tinyproof-keys", STORE = "keys", NAME = "confirmations";

/** What is kept: WebCrypto keys can be stored as they are. */
interface Kept {
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

/** The key of this browser, or null when none was made here. */
export async function readVisitorKey(): Promise<SigningKey | null> {
  const kept = await inStore<Kept | undefined>("readonly", (store) => store.get(NAME));
  return kept === undefined ? null : await asSigningKey(kept);
}

/** The key of this browser; made when there is none. */
export async function visitorKey(): Promise<SigningKey> {
  const known = await readVisitorKey();
  if (known !== null) return known;
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  return await keep(pair as CryptoKeyPair);
}

/** The private half as text (PKCS #8, base64), for another browser or a safe place. */
export async function exportVisitorKey(): Promise<string> {
  const { privateKey } = await visitorKey();
  return toBase64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)));
}

/** Takes the place of the key of this browser. @throws when the text is no such key. */
export async function importVisitorKey(text: string): Promise<SigningKey> {
  const pkcs8 = fromBase64(text.trim());
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  // The public half is part of the private one as JWK says it.
  const { kty, crv, x } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", true, [
    "verify",
  ]);
  return await keep({ publicKey, privateKey });
}

async function keep({ publicKey, privateKey }: Kept): Promise<SigningKey> {
  await inStore("readwrite", (store) => store.put({ publicKey, privateKey }, NAME));
  return await asSigningKey({ publicKey, privateKey });
}

async function asSigningKey({ publicKey, privateKey }: Kept): Promise<SigningKey> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return { keyid: await keyIdOf(raw), publicKey: toBase64(raw), privateKey };
}

async function inStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest,
): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await answerOf<IDBDatabase>(opening);
  try {
    return await answerOf<T>(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function answerOf<T>(request: IDBRequest): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  return promise;
}
