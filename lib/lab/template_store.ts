// A judge's template of a visitor's, kept. Server only.

import type { Kysely } from "kysely";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import { assertTemplate } from "./judge/template.ts";
import { judgeTemplateSchema } from "./schema.ts";
import { type By, saveJudgeTemplate } from "./store.ts";
import type { JudgeTemplate } from "./types.ts";

/**
 * The next version of its slug, which has to be free or the caller's own.
 * @throws {ValidationError} when a judge could not be asked with it.
 */
export async function keepTemplate(
  db: Kysely<Database>,
  document: unknown,
  by: By,
): Promise<JudgeTemplate> {
  const draft = parseDocument(judgeTemplateSchema, document, "template");
  assertTemplate(draft.text);
  const first = await db.selectFrom("lab_judge_template").select(["account_id", "source"])
    .where("slug", "=", draft.slug).orderBy("version").limit(1).executeTakeFirst();
  // What was imported is nobody's: its versions are those of its author.
  const isTaken = first && (first.account_id !== by.accountId || first.source !== draft.source);
  if (!isTaken) return await saveJudgeTemplate(db, draft, by);
  throw new ValidationError("There is a template of this name, and it is another's", {
    path: "slug",
    expected: "a name of your own",
    got: draft.slug,
    fix: "Give yours another name.",
  });
}
