// Signs reports with a key of this server: made at its first signature, replaced when it is old.
// Private keys are files below the data directory and nowhere else.

import type { Kysely, Transaction } from "kysely";
import { fromBase64, toBase64, utf8 } from "../bytes.ts";
import { jsonb } from "../storage/json.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import { canonicalJson } from "./canonical.ts";
import { type Envelope, IN_TOTO_PAYLOAD, keyIdOf, signEnvelope, type SigningKey } from "./dsse.ts";
import { announce, type PublishedKey } from "./signing_key.ts";

type Trx = Transaction<Database>;

const DAY_MS = 24 * 3600_000;
/** A key signs for about a quarter of a year. */
export const KEY_DAYS = 90;
/** Readable by the server's user alone. */
const PRIVATE = { createNew: true, mode: 0o600 } as const;

export interface ReportSigner {
  /** An in-toto statement in an envelope signed by this server's key. */
  sign(trx: Trx, statement: object, at: Date): Promise<Envelope>;
  /** Another key from now on; the present one hands over to it and is destroyed. Its new id. */
  rotate(trx: Trx, at: Date): Promise<string>;
}

/**
 * @param directory where the private keys are kept; made when it is missing.
 * @param days how long a key signs.
 */
export function openSigner(directory: string, days = KEY_DAYS): ReportSigner {
  const keys = new KeyFiles(directory);
  return {
    async sign(trx, statement, at) {
      const present = await presentKey(trx, keys);
      const old = present === null || at.getTime() - present.since.getTime() >= days * DAY_MS;
      const key = old ? await replaceKey(trx, keys, present?.key ?? null, at) : present.key;
      return await signEnvelope(IN_TOTO_PAYLOAD, utf8(canonicalJson(statement)), [key]);
    },
    async rotate(trx, at) {
      const present = await presentKey(trx, keys);
      return (await replaceKey(trx, keys, present?.key ?? null, at)).keyid;
    },
  };
}

/** The newest that is this server's; destroys those that were retired. */
async function presentKey(
  trx: Trx,
  keys: KeyFiles,
): Promise<{ key: SigningKey; since: Date } | null> {
  const rows = await trx.selectFrom("signing_key").select(["keyid", "created_at", "retired_at"])
    .orderBy("created_at", "desc").execute();
  let found: { key: SigningKey; since: Date } | null = null;
  for (const { keyid, created_at, retired_at } of rows) {
    // Only here, after the transaction that retired it: had that failed, it would be needed.
    if (retired_at !== null) await keys.destroy(keyid);
    else if (found === null) {
      const key = await keys.read(keyid);
      if (key !== null) found = { key, since: created_at };
    }
  }
  return found;
}

async function replaceKey(
  trx: Trx,
  keys: KeyFiles,
  previous: SigningKey | null,
  at: Date,
): Promise<SigningKey> {
  const key = await keys.make();
  await trx.insertInto("signing_key").values({
    keyid: key.keyid,
    public_key: key.publicKey,
    announcement: jsonb(await announce(key, at, previous)),
    created_at: at,
  }).execute();
  if (previous !== null) {
    await trx.updateTable("signing_key").set({ retired_at: at })
      .where("keyid", "=", previous.keyid).execute();
  }
  const { keyid, publicKey } = key;
  const event = { key: keyid, publicKey, previous: previous?.keyid ?? null };
  await appendEvent(trx, "signing-key", event, at);
  return key;
}

/** The history of every key of every server of this board, newest first. */
export async function keyHistory(db: Kysely<Database>): Promise<PublishedKey[]> {
  const rows = await db.selectFrom("signing_key").selectAll()
    .orderBy("created_at", "desc").orderBy("keyid").execute();
  return rows.map(({ keyid, public_key, announcement, created_at, retired_at }) => ({
    keyid,
    publicKey: public_key,
    from: created_at.toISOString(),
    until: retired_at?.toISOString() ?? null,
    announcement,
  }));
}

/** Private keys as files of PKCS #8, base64, named by the id of the key. */
class KeyFiles {
  readonly #directory: string;
  readonly #read = new Map<string, SigningKey>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async make(): Promise<SigningKey> {
    const pair = await crypto.subtle.generateKey("Ed25519", true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const keyid = await keyIdOf(publicKey);
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    await Deno.mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(this.#path(keyid), `${toBase64(publicKey)}\n${toBase64(pkcs8)}\n`, {
      ...PRIVATE,
    });
    const key = { keyid, publicKey: toBase64(publicKey), privateKey: pair.privateKey };
    this.#read.set(keyid, key);
    return key;
  }

  /** Null when another server made it. */
  async read(keyid: string): Promise<SigningKey | null> {
    const known = this.#read.get(keyid);
    if (known !== undefined) return known;
    const text = await Deno.readTextFile(this.#path(keyid)).catch(absent);
    if (text === null) return null;
    const [publicKey, pkcs8] = text.trim().split("\n");
    const privateKey = await crypto.subtle.importKey(
      "pkcs8",
      fromBase64(pkcs8),
      "Ed25519",
      false,
      ["sign"],
    );
    const key = { keyid, publicKey, privateKey };
    this.#read.set(keyid, key);
    return key;
  }

  async destroy(keyid: string): Promise<void> {
    this.#read.delete(keyid);
    await Deno.remove(this.#path(keyid)).catch(absent);
  }

  #path(keyid: string): string {
    return `${this.#directory}/${keyid}`;
  }
}

function absent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
