// Who rates: an account, or a guest by a token that stands in a cookie of theirs. Knows no route.

import { z } from "zod";
import type { State } from "../../app_state.ts";
import { senderOf } from "../accounts/sender.ts";
import { toHex } from "../bytes.ts";
import { guestPolicy } from "../config.ts";
import { AuthenticationError } from "../errors.ts";
import { createRater, raterByAccount, raterByToken, tokenDigest } from "../lab/score_store.ts";
import type { Rater } from "../lab/types.ts";
import { checkSender } from "../moderation/bans.ts";
import { visible } from "../submissions/text_fields.ts";
import { parseDocument } from "../verification/schema.ts";
import { raterLimiter, remoteAddress } from "./rate_limit.ts";

interface Asked {
  req: Request;
  info: unknown;
  url: URL;
  state: State;
}

const COOKIE = "lab_rater";
/** The longest that browsers keep one. */
const COOKIE_SECONDS = 400 * 24 * 3600;
const TOKEN = /(?:^|;\s*)lab_rater=([0-9a-f]{40})(?:;|$)/;

const nameSchema = z.object({ name: visible(60) });

/** Who is asking, if they have rated before; null otherwise. */
export async function raterOf({ req, state }: Asked): Promise<Rater | null> {
  const { caller, services: { db } } = state;
  if (caller !== null) return await raterByAccount(db, caller.account.id);
  const token = TOKEN.exec(req.headers.get("cookie") ?? "")?.[1];
  return token === undefined ? null : await raterByToken(db, token);
}

/**
 * Who is asking, as somebody who may rate. An account becomes a rater by its first score.
 *
 * @throws {AuthenticationError} for a guest who has not begun, or where guests may not rate.
 * @throws {PermissionError} for a key without the scope "submit", and for who is banned.
 */
export async function mustRate(asked: Asked): Promise<Rater> {
  const { caller, services: { db, config } } = asked.state;
  const { account } = senderOf(caller, guestPolicy(config));
  const rater = await raterOf(asked);
  if (account !== null) {
    await checkSender(db, { account, author: account.name });
    return rater ?? await begin(asked, account.name);
  }
  if (rater === null) {
    throw new AuthenticationError("This browser has not begun to rate", {
      expected: "a rater's cookie, a session, or an API key with the scope submit",
      got: "none of them",
      fix: "Open the page of the set, say who you are and begin; or sign in.",
    });
  }
  await checkSender(db, { account: null, author: rater.name });
  return rater;
}

/**
 * Makes who is asking a rater, if they are none yet.
 *
 * @param fields `name` is asked of guests.
 * @returns the cookie to set for a guest who is new, else null.
 * @throws {ValidationError} for a name that is none, or an account's.
 */
export async function beginRating(
  asked: Asked,
  fields: Record<string, string>,
): Promise<{ rater: Rater; cookie: string | null }> {
  const { caller, services: { db, config } } = asked.state;
  const { account } = senderOf(caller, guestPolicy(config));
  if (account !== null || await raterOf(asked) !== null) {
    return { rater: await mustRate(asked), cookie: null };
  }
  const { name } = parseDocument(nameSchema, fields, "rater");
  await checkSender(db, { account: null, author: name });
  const token = toHex(crypto.getRandomValues(new Uint8Array(20)));
  const rater = await begin(asked, name, token);
  const secure = asked.url.protocol === "https:" ? "; Secure" : "";
  return {
    rater,
    cookie:
      `${COOKIE}=${token}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax${secure}`,
  };
}

async function begin(asked: Asked, name: string, token?: string): Promise<Rater> {
  const { caller, services: { db, now } } = asked.state;
  await raterLimiter.take(remoteAddress(asked.info, asked.req.headers));
  // 53 random bits.
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  try {
    return await createRater(db, {
      kind: "human",
      name,
      seed: (high >>> 11) * 2 ** 32 + low,
      accountId: caller?.account.id ?? null,
      tokenDigest: token === undefined ? null : await tokenDigest(token),
      at: now(),
    });
  } catch (error) {
    // Two first scores of an account at the same moment.
    const other = await raterOf(asked);
    if (other === null) throw error;
    return other;
  }
}
