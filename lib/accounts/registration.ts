// Making an account: a name and a passkey, in one ceremony. Server only.

import { getAuthenticatorName, type PasskeyOptions } from "@better-auth/passkey";
import { APIError } from "better-auth/api";
import { TinyproofError } from "../errors.ts";
import type { Db } from "../storage/database.ts";
import { randomId } from "../storage/ids.ts";
import { nameKey } from "./names.ts";
import { checkNewName } from "./store.ts";

type Registration = NonNullable<PasskeyOptions["registration"]>;

/** Before the id of an account that is about to be made; no id begins so. */
const NEW = "new-";

/**
 * With a session a passkey is added to its account. Without one, `context` is the name of the account
 * to make; that happens once the passkey has been verified, in the transaction that keeps it.
 */
export function registration(db: Db): Registration {
  return {
    requireSession: false,
    async resolveUser({ context }) {
      try {
        const name = await checkNewName(db, context ?? "");
        return { id: NEW + randomId(16), name, displayName: name };
      } catch (error) {
        if (!(error instanceof TinyproofError)) throw error;
        throw new APIError("BAD_REQUEST", { message: error.message, ...error.problem });
      }
    },
    async afterVerification({ ctx, user, verification }) {
      const name = getAuthenticatorName(verification.registrationInfo?.aaguid) ?? "Passkey";
      if (!user.id.startsWith(NEW)) return { name };
      const id = user.id.slice(NEW.length);
      // Through the library, which is inside of a transaction: another connection would wait for it.
      const { internalAdapter } = ctx.context;
      const key = nameKey(user.name);
      const [same] = await internalAdapter.listUsers(1, 0, undefined, [
        { field: "nameKey", value: key },
      ]);
      if (same) throw new APIError("BAD_REQUEST", { message: "That name was taken just now" });
      await internalAdapter.createUser({
        id,
        name: user.name,
        nameKey: key,
        email: placeholderEmail(id),
        emailVerified: false,
      }, { method: "passkey" });
      return { userId: id, name };
    },
  };
}

/** better-auth wants a unique address; .invalid is no domain at all (RFC 2606). */
export function placeholderEmail(id: string): string {
  return `${id}@accounts.invalid`;
}
