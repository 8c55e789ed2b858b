// The published history of the keys that sign reports, and whether a report is signed by one of
// them. Reads no file and no database.

import { z } from "zod";
import { fromBase64, fromUtf8, utf8 } from "../bytes.ts";
import { canonicalJson } from "./canonical.ts";
import {
  type Envelope,
  IN_TOTO_PAYLOAD,
  keyIdOf,
  signEnvelope,
  signersOf,
  type SigningKey,
} from "./dsse.ts";
import { envelopeSchema } from "./envelope_schema.ts";
import type { Statement } from "./report.ts";
import type { SeedAuditStatement } from "./seed_audit.ts";

export const KEY_PAYLOAD = "application/vnd.tinyproof.signing-key+json";

const keyid = z.string().regex(/^[0-9a-f]{64}$/).describe("SHA-256 of the public key's 32 bytes.");

const announcementSchema = z.object({
  keyid,
  publicKey: z.base64(),
  from: z.iso.datetime(),
  previous: keyid.nullable(),
});

export const publishedKeySchema = z.object({
  keyid,
  publicKey: z.base64().describe("Ed25519, 32 bytes."),
  from: z.iso.datetime().describe("It signs from then on."),
  until: z.iso.datetime().nullable().describe("It signed until then; null for one in use."),
  announcement: envelopeSchema.describe(
    "The key, signed by itself and by the key that it takes the place of.",
  ),
}).meta({ id: "SigningKey", description: "A key that signs reports." });
export type PublishedKey = z.output<typeof publishedKeySchema>;

export const keyHistorySchema = z.object({
  keys: z.array(publishedKeySchema).describe("The newest first."),
}).meta({ id: "KeyHistory", description: "Every key that has signed reports of this board." });

/** Signed by the new key, to show that it is held, and by the one before, to hand over to it. */
export function announce(
  key: SigningKey,
  from: Date,
  previous: SigningKey | null,
): Promise<Envelope> {
  const { keyid, publicKey } = key;
  const payload = canonicalJson({
    keyid,
    publicKey,
    from: from.toISOString(),
    previous: previous?.keyid ?? null,
  });
  return signEnvelope(KEY_PAYLOAD, utf8(payload), previous === null ? [key] : [key, previous]);
}

/** What speaks against a published history; empty when every key is what its announcement says. */
export async function historyFaults(keys: readonly PublishedKey[]): Promise<string[]> {
  const faults: string[] = [];
  for (const key of keys) {
    const said = announcementSchema.safeParse(payloadOf(key.announcement));
    if (!said.success) faults.push(`The announcement of key ${key.keyid} is malformed.`);
    else faults.push(...await keyFaults(key, said.data, keys));
  }
  return faults;
}

async function keyFaults(
  key: PublishedKey,
  said: z.output<typeof announcementSchema>,
  keys: readonly PublishedKey[],
): Promise<string[]> {
  if (await keyIdOf(fromBase64(key.publicKey)) !== key.keyid) {
    return [`Key ${key.keyid} has another SHA-256 than its name.`];
  }
  const same = said.keyid === key.keyid && said.publicKey === key.publicKey &&
    said.from === key.from;
  if (!same) return [`The announcement of key ${key.keyid} is about another key or time.`];
  const wanted = said.previous === null ? [key.keyid] : [key.keyid, said.previous];
  const signed = await signersOf(key.announcement, keys);
  return wanted.filter((id) => !signed.includes(id))
    .map((id) => `Key ${key.keyid} is not announced by key ${id}.`);
}

export type ReportCheck =
  | { valid: true; statement: Statement | SeedAuditStatement; keyid: string }
  | { valid: false; reason: string };

/** Whether `envelope` holds a report signed by a key of the history while that key was in use. */
export async function checkReport(
  envelope: Envelope,
  keys: readonly PublishedKey[],
): Promise<ReportCheck> {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD) {
    return invalid(`Expected a payload of type ${IN_TOTO_PAYLOAD}, got ${envelope.payloadType}.`);
  }
  const signers = await signersOf(envelope, keys);
  if (signers.length === 0) {
    const known = envelope.signatures.some(({ keyid }) => keys.some((key) => key.keyid === keyid));
    return invalid(
      known
        ? "The signature does not fit: the report or the signature was changed."
        : "It is signed by none of the published keys.",
    );
  }
  const statement = payloadOf(envelope) as Statement | SeedAuditStatement | null;
  const finishedAt = Date.parse(statement?.predicate?.finishedAt ?? "");
  if (statement === null || Number.isNaN(finishedAt)) {
    return invalid("What is signed is not a statement about a replay.");
  }
  // The first report of a key is of a replay that ended before the key was made.
  const key = keys.find(({ keyid, until }) =>
    signers.includes(keyid) && (until === null || finishedAt <= Date.parse(until))
  );
  if (key === undefined) {
    return invalid("The key that signed it was out of use when the replay ended.");
  }
  return { valid: true, statement, keyid: key.keyid };
}

function invalid(reason: string): ReportCheck {
  return { valid: false, reason };
}

/** The JSON that was signed, or null when it is none. */
function payloadOf({ payload }: Envelope): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64(payload)));
  } catch {
    return null;
  }
}
