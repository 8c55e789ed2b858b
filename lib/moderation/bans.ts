// Who may not submit or flag, and who may not speak under which name. Server only.

import type { Kysely } from "kysely";
import type { Account } from "../accounts/caller.ts";
import { nameKey } from "../accounts/names.ts";
import { refuseNameOfAccount } from "../accounts/store.ts";
import { PermissionError } from "../errors.ts";
import type { Decision } from "../storage/moderation_schema.ts";
import type { Database } from "../storage/schema.ts";

export interface Sender {
  /** Null for a guest. */
  account: Pick<Account, "id"> | null;
  author: string;
}

/** How a ban is found: by account, or for guests by what they call themselves. */
export function subjectOf({ account, author }: Sender): string {
  return account ? `account:${account.id}` : `author:${nameKey(author)}`;
}

/** The decision by which somebody is banned, or null. */
export async function banOf(db: Kysely<Database>, sender: Sender): Promise<Decision | null> {
  return await db.selectFrom("ban").innerJoin("decision", "decision.id", "ban.decision_id")
    .selectAll("decision").where("ban.subject", "=", subjectOf(sender)).executeTakeFirst() ?? null;
}

/**
 * Before anything is taken from somebody.
 *
 * @throws {PermissionError} with the public reason, when they are banned.
 * @throws {ValidationError} when a guest uses the name of an account.
 */
export async function checkSender(db: Kysely<Database>, sender: Sender): Promise<void> {
  const ban = await banOf(db, sender);
  if (ban !== null) {
    throw new PermissionError(
      sender.account ? "This account may not submit here" : "This name may not submit here",
      {
        expected: "somebody who is not banned",
        got: `a ban since ${ban.created_at.toISOString().slice(0, 10)}: ${ban.reason}`,
        fix: `The decision is public: /moderation/decisions#${ban.id}`,
      },
    );
  }
  if (sender.account === null) await refuseNameOfAccount(db, sender.author);
}
