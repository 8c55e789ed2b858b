// Rows of which every field that a stranger can write is markup, over those of a seeded board.

import { utf8 } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { Services } from "../../lib/services.ts";
import { jsonb } from "../../lib/storage/json.ts";
import { appendEvent } from "../../lib/storage/ledger.ts";
import { getEntry, updateEntry } from "../../lib/submissions/store.ts";
import { LAB_RUBRIC, LAB_SET } from "../support/lab_seed.ts";
import { EXAMPLE_RECIPE } from "../routes/example_run.ts";

/** Ends attributes, titles, scripts, comments and CDATA; begins a formula, an element and a script. */
export const MARKUP =
  `=1+1"'><img src=x onerror=window.hacked=1></title></script></style>--><script>window.hacked=2` +
  `</script><svg onload=window.hacked=3>]]>&lt;{{7*7}}\${7*7}`;
/** As an address. */
export const SCRIPT_ADDRESS = "javascript:window.hacked=4";

/** Ids of what is hostile. */
export interface HostileIds {
  entry: string;
  failed: string;
  report: string;
  corpus: string;
}

/** Changes the rows of tests/routes/seed.ts. */
export async function makeHostile(services: Services): Promise<HostileIds> {
  await hostileEntry(services);
  await hostileFailure(services);
  await hostileReport(services);
  await hostileLab(services);
  return {
    entry: "evil",
    failed: "broken",
    report: "report-exact",
    corpus: await hostileCorpus(services),
  };
}

async function hostileEntry({ db, now }: Services): Promise<void> {
  await updateEntry(db, "evil", {
    ...{ name: MARKUP, author: MARKUP, blurb: MARKUP, file_name: MARKUP },
    samples: jsonb([{ prompt: MARKUP, text: MARKUP }]),
    recipe: jsonb({ ...EXAMPLE_RECIPE, author: MARKUP }),
    self_reported_ms: 1,
  });
  await updateEntry(db, "cheat", { name: MARKUP, author: MARKUP });
  const { model_digest } = (await getEntry(db, "evil"))!;
  // Of one that has no rank for it: the hostile entry keeps its own, so that boards show it.
  const { model_digest: probed } = (await getEntry(db, "oracle"))!;
  const example = { prompt: MARKUP, expected: MARKUP, output: MARKUP, note: MARKUP };
  await db.updateTable("score").set({
    examples: jsonb([0, 1].map((index) => ({ index, value: index, weight: 1, ...example }))),
    secondary: jsonb([{ name: MARKUP, value: 1, interval: [0, 2], unit: "%" }]),
    incompatible_reason: MARKUP,
  }).where("model_digest", "=", model_digest).execute();
  await db.updateTable("probe").set({ detail: MARKUP })
    .where("model_digest", "in", [model_digest, probed]).execute();
  await db.transaction().execute((trx) =>
    appendEvent(trx, "submission", { entry: MARKUP, name: MARKUP, author: MARKUP }, now())
  );
}

async function hostileFailure({ db }: Services): Promise<void> {
  const failure = jsonb({ stage: MARKUP, reason: MARKUP, fix: MARKUP });
  await updateEntry(db, "broken", { name: MARKUP, author: SCRIPT_ADDRESS, failure });
  await db.updateTable("job").set({ stage: MARKUP, log: MARKUP, error: failure })
    .where("entry_id", "=", "broken").execute();
}

/** Reports come from our own processes; what they quote need not. */
async function hostileReport({ db }: Services): Promise<void> {
  const row = await db.selectFrom("report").select("statement")
    .where("id", "=", "report-exact").executeTakeFirstOrThrow();
  const text = JSON.stringify(row.statement);
  const hostile = JSON.parse(text, (key, value) => {
    if (key === "reasons") return [MARKUP];
    return ["runtime", "isa", "author"].includes(key) ? MARKUP : value;
  });
  await db.updateTable("report").set({ statement: jsonb(hostile) })
    .where("id", "=", "report-exact").execute();
}

/** Names, texts and remarks of the lab; ids, levels and categories are checked words. */
async function hostileLab({ db }: Services): Promise<void> {
  const { criteria } = await db.selectFrom("lab_rubric").select("criteria")
    .where("slug", "=", LAB_RUBRIC).orderBy("version", "desc").executeTakeFirstOrThrow();
  await db.updateTable("lab_rubric").set({
    ...{ name: MARKUP, source: MARKUP },
    criteria: jsonb(criteria.map((criterion) => ({ ...criterion, text: MARKUP }))),
  }).where("slug", "=", LAB_RUBRIC).where("version", "=", 2).execute();
  const prompts = jsonb([{ id: "1", category: MARKUP, text: MARKUP }]);
  await db.updateTable("lab_prompt_set")
    .set({ prompts, name: MARKUP, source: MARKUP, licence: MARKUP }).execute();
  await db.updateTable("lab_set").set({ name: MARKUP, source_note: MARKUP })
    .where("id", "=", LAB_SET).execute();
  await db.updateTable("lab_item").set({ prompt: MARKUP, completion: MARKUP })
    .where("set_id", "=", LAB_SET).execute();
  await db.updateTable("lab_rater").set({ name: MARKUP }).execute();
  await db.updateTable("lab_review").set({ comment: MARKUP }).execute();
  await db.updateTable("lab_judge_template").set({ name: MARKUP, source: MARKUP }).execute();
}

async function hostileCorpus({ db, blobs }: Services): Promise<string> {
  const { digest, byteLength } = await blobs.putBytes(utf8(MARKUP));
  await db.insertInto("blob").values({ digest, byte_length: byteLength }).execute();
  await db.insertInto("corpus").values({
    sha256: digest,
    ...{ name: MARKUP, author: MARKUP, source: SCRIPT_ADDRESS, preview: MARKUP },
    ...{ licence: "other", licence_note: MARKUP, scan_failure: MARKUP },
    byte_length: byteLength,
  }).execute();
  await db.insertInto("corpus_use").values({
    ...{ entry_id: "oracle", corpus: digest, start_byte: 0, end_byte: byteLength },
  }).execute();
  if (digest !== await sha256Hex(utf8(MARKUP))) throw new Error("The blob has another name");
  return digest;
}
