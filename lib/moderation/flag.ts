// A reader's flag, taken in. Server only.

import { z } from "zod";
import type { Account } from "../accounts/caller.ts";
import type { Services } from "../services.ts";
import { requireEntry } from "../submissions/require.ts";
import { visible } from "../submissions/text_fields.ts";
import { parseDocument } from "../verification/schema.ts";
import { REASON_LENGTH } from "./acts.ts";
import { checkSender } from "./bans.ts";
import { addFlag } from "./store.ts";

const flagSchema = z.object({ reason: visible(REASON_LENGTH) });

/**
 * @throws {ValidationError} without a reason.
 * @throws {NotFoundError | GoneError} when there is no such model to see.
 * @throws {PermissionError} for an account that is banned.
 * @throws {IntegrityError} when this reader flagged this model before.
 */
export async function flagEntry(
  { db, auth, now }: Pick<Services, "db" | "auth" | "now">,
  entryId: string,
  { account, address }: { account: Account | null; address: string },
  fields: Record<string, string>,
): Promise<void> {
  const { reason } = parseDocument(flagSchema, fields, "flag");
  const { id } = await requireEntry(db, entryId);
  if (account) await checkSender(db, { account, author: account.name });
  await addFlag(db, {
    entryId: id,
    reader: { accountId: account?.id ?? null, address },
    reason,
    at: now(),
    secret: auth.options.secret,
  });
}
