import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../../lib/bytes.ts";
import { keyIdOf, preAuthEncoding, signEnvelope, signersOf } from "../../lib/verification/dsse.ts";
import { makeKey } from "./signing.ts";

const PAYLOAD = utf8("hello world");
const TYPE = "http://example.com/HelloWorld";

describe("a DSSE envelope", () => {
  it("signs the encoding that the specification gives as its example", () => {
    assert.equal(
      fromUtf8(preAuthEncoding(TYPE, PAYLOAD)),
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
  });

  it("counts bytes and not characters", () => {
    assert.equal(fromUtf8(preAuthEncoding("é", utf8("∑"))), "DSSEv1 2 é 3 ∑");
  });

  it("is signed as another implementation of Ed25519 expects", async () => {
    const key = await makeKey();
    const { payload, signatures: [{ keyid, sig }] } = await signEnvelope(TYPE, PAYLOAD, [key]);
    const x = fromBase64(key.publicKey).toBase64({ alphabet: "base64url", omitPadding: true });
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    const message = preAuthEncoding(TYPE, fromBase64(payload));
    assert.equal(verify(null, message, publicKey, fromBase64(sig)), true);
    assert.equal(keyid, await keyIdOf(fromBase64(key.publicKey)));
  });

  it("names who signed it, and nobody else", async () => {
    const [one, two, three] = [await makeKey(), await makeKey(), await makeKey()];
    const envelope = await signEnvelope(TYPE, PAYLOAD, [one, two]);
    assert.deepEqual(await signersOf(envelope, [one, two, three]), [one.keyid, two.keyid]);
    assert.deepEqual(await signersOf(envelope, [two]), [two.keyid]);
    const claimed = { ...envelope.signatures[0], keyid: three.keyid };
    assert.deepEqual(await signersOf({ ...envelope, signatures: [claimed] }, [one, three]), []);
  });

  it("is void when a bit of payload, type or signature is another", async () => {
    const key = await makeKey();
    const envelope = await signEnvelope(TYPE, PAYLOAD, [key]);
    const flipped = (text: string) => {
      const bytes = fromBase64(text);
      bytes[3] ^= 1;
      return toBase64(bytes);
    };
    const [{ keyid, sig }] = envelope.signatures;
    const changed = [
      { ...envelope, payload: flipped(envelope.payload) },
      { ...envelope, payloadType: `${TYPE}s` },
      { ...envelope, signatures: [{ keyid, sig: flipped(sig) }] },
      { ...envelope, signatures: [{ keyid, sig: "" }] },
    ];
    for (const other of changed) assert.deepEqual(await signersOf(other, [key]), []);
    const damaged = { ...key, publicKey: toBase64(new Uint8Array(31)) };
    assert.deepEqual(await signersOf(envelope, [damaged]), []);
  });
});
