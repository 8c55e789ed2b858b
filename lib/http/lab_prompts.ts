// Takes prompts in: the same for the page and for programs. Knows no page.

import type { State } from "../../app_state.ts";
import { corpusSenderOf } from "../accounts/sender.ts";
import { guestPolicy } from "../config.ts";
import { type PublicProblem, publicProblem } from "../errors.ts";
import { type PromptFields, promptFields, readPrompts } from "../lab/prompt_form.ts";
import type { PromptSetDraft } from "../lab/schema.ts";
import { type By, mustBeShown, savePromptSet } from "../lab/store.ts";
import type { PromptSet } from "../lab/types.ts";
import { checkSender } from "../moderation/bans.ts";
import type { Db } from "../storage/database.ts";
import { readFormFiles } from "./form_files.ts";
import { readJson } from "./json_body.ts";
import { remoteAddress, submissionLimiter } from "./rate_limit.ts";
import { statusOf } from "./status.ts";

interface Asked {
  req: Request;
  info: unknown;
  state: State;
}

/** Of all prompts that a program sends. */
const MOST_BYTES = 16 * 1024 ** 2;

/** What was kept, or why nothing was, with the fields as they came. */
export type PromptOutcome =
  | { kept: PromptSet }
  | { kept: null; problem: PublicProblem; values: PromptFields; status: number };

/** A form of the page. */
export async function receivePromptForm(asked: Asked): Promise<PromptOutcome> {
  let values = promptFields({});
  try {
    const by = await mayBring(asked);
    const { fields, files } = await readFormFiles(asked.req);
    values = promptFields(fields);
    const { db } = asked.state.services;
    return { kept: await saveShown(db, readPrompts(values, files), by) };
  } catch (error) {
    const problem = publicProblem(error);
    if (problem === null) throw error;
    return { kept: null, problem, values, status: statusOf(error) };
  }
}

/**
 * A document of a program.
 * @throws {AuthenticationError} when guests may not bring anything.
 * @throws {ValidationError} when it is no set of prompts.
 * @throws {GoneError} when a moderator has hidden the same ones.
 */
export async function receivePromptSet(asked: Asked): Promise<PromptSet> {
  const by = await mayBring(asked);
  const draft = await readJson(asked.req, MOST_BYTES);
  return await saveShown(asked.state.services.db, draft as PromptSetDraft, by);
}

/** @throws {GoneError} when these are prompts that a moderator has hidden. */
async function saveShown(db: Db, draft: PromptSetDraft, by: By): Promise<PromptSet> {
  const kept = await savePromptSet(db, draft, by);
  await mustBeShown(db, kept);
  return kept;
}

/** Whoever may bring a study or completions. */
async function mayBring({ req, info, state: { services, caller } }: Asked): Promise<By> {
  const account = corpusSenderOf(caller, guestPolicy(services.config));
  await submissionLimiter.take(remoteAddress(info, req.headers));
  await checkSender(services.db, { account, author: account?.name ?? "guest" });
  return { accountId: account?.id ?? null, at: services.now() };
}
