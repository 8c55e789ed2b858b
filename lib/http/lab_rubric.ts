// Takes a rubric in: a new one, or the next version of one. Knows no page.

import type { Context } from "fresh";
import type { State } from "../../app_state.ts";
import { corpusSenderOf } from "../accounts/sender.ts";
import { guestPolicy } from "../config.ts";
import { type PublicProblem, publicProblem } from "../errors.ts";
import { readRubric, type RubricFields, rubricFields } from "../lab/rubric_form.ts";
import { saveRubric } from "../lab/store.ts";
import type { Rubric } from "../lab/types.ts";
import { checkSender } from "../moderation/bans.ts";
import { readFormFiles } from "./form_files.ts";
import { remoteAddress, submissionLimiter } from "./rate_limit.ts";
import { statusOf } from "./status.ts";

/** What was kept, or why nothing was, with the fields as they came. */
export type RubricOutcome =
  | { kept: Rubric }
  | { kept: null; problem: PublicProblem; values: RubricFields; status: number };

/** @param previous the newest version, when this is to be the next. */
export async function receiveRubric(
  { state, req, info }: Context<State>,
  previous: Rubric | null,
): Promise<RubricOutcome> {
  let values = rubricFields({});
  try {
    const { services, caller } = state;
    const account = corpusSenderOf(caller, guestPolicy(services.config));
    await submissionLimiter.take(remoteAddress(info, req.headers));
    const { fields, files } = await readFormFiles(req);
    values = rubricFields(fields);
    await checkSender(services.db, { account, author: account?.name ?? "guest" });
    const draft = readRubric(values, files, previous);
    const by = { accountId: account?.id ?? null, at: services.now() };
    return { kept: await saveRubric(services.db, draft, by) };
  } catch (error) {
    const problem = publicProblem(error);
    if (problem === null) throw error;
    return { kept: null, problem, values, status: statusOf(error) };
  }
}
