// Takes a study in: the same for the page and for programs.

import type { Context } from "fresh";
import type { State } from "../../app_state.ts";
import { corpusSenderOf } from "../accounts/sender.ts";
import { guestPolicy } from "../config.ts";
import { ValidationError } from "../errors.ts";
import { importStudy } from "../lab/import_study.ts";
import { type ImportReport, readStudy } from "../lab/tinyscalelab/read.ts";
import type { LabSet } from "../lab/types.ts";
import { checkSender } from "../moderation/bans.ts";
import { readFormFiles } from "./form_files.ts";
import { remoteAddress, submissionLimiter } from "./rate_limit.ts";

export interface ReceivedStudy {
  set: LabSet;
  isNew: boolean;
  report: ImportReport;
}

/**
 * @throws {AuthenticationError} when guests may not bring anything.
 * @throws {ValidationError | BudgetError} when the files cannot be read.
 */
export async function receiveStudy({ state, req, info }: Context<State>): Promise<ReceivedStudy> {
  const { services, caller } = state;
  const account = corpusSenderOf(caller, guestPolicy(services.config));
  await submissionLimiter.take(remoteAddress(info, req.headers));
  const { fields, files } = await readFormFiles(req);
  if (files.size === 0) throw noFiles();
  const author = account?.name ?? fields.rater ?? "guest";
  await checkSender(services.db, { account, author });
  const study = readStudy(files);
  // What the form says where no file does.
  if (fields.name?.trim()) study.name = fields.name.trim();
  const human = study.raters.find(({ key }) => key === "human");
  if (human && fields.rater?.trim()) human.name = fields.rater.trim();
  const by = { accountId: account?.id ?? null, at: services.now() };
  return { ...await importStudy(services.db, study, by), report: study.report };
}

function noFiles(): ValidationError {
  return new ValidationError("No file was chosen", {
    path: "files",
    expected: "the files of a study",
    got: "nothing",
    fix: "Choose at least the table of completions and criteria, or the one with scores.",
  });
}
