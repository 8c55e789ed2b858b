// Orders of sets as browsers and programs send them. Knows no route.

import type { State } from "../../app_state.ts";
import { type Account, mustBeAllowed } from "../accounts/caller.ts";
import { placeOrder } from "../lab/order_store.ts";
import { checkSender } from "../moderation/bans.ts";
import type { LabOrder } from "../storage/lab_schema.ts";
import { remoteAddress, submissionLimiter } from "./rate_limit.ts";

interface Asked {
  req: Request;
  info: unknown;
  state: State;
}

/**
 * @throws {AuthenticationError} for guests: what is computed for somebody is counted.
 * @throws {PermissionError} for a key without the scope "submit", and for who is banned.
 */
export function ordererOf({ state }: Asked): Account {
  return mustBeAllowed(state.caller, "submit");
}

/** @throws as `ordererOf` and `placeOrder`. */
export async function takeOrder(asked: Asked, document: unknown): Promise<LabOrder> {
  const { services } = asked.state;
  const account = ordererOf(asked);
  await submissionLimiter.take(remoteAddress(asked.info, asked.req.headers));
  await checkSender(services.db, { account, author: account.name });
  return await placeOrder(services, account, document);
}

/** The document that the fields of the form on /lab/generate make. */
export function orderOfForm(fields: Record<string, string>): unknown {
  const { entry, promptSetId, rubricId, model = "", into = "", name = "" } = fields;
  const number = (text: string | undefined) => text ? Number(text) : NaN;
  const maxTokens = number(fields.maxTokens);
  return {
    ...{ entry, promptSetId, rubricId, name, model, into: into.trim() || null },
    search: {
      beams: number(fields.beams),
      minTokens: Math.min(number(fields.minTokens || "0"), maxTokens),
      maxTokens,
      endToken: fields.endToken ? Number(fields.endToken) : null,
    },
  };
}
