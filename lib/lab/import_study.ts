// Keeps a study that was read from files. Server only.

import type { Kysely, Transaction } from "kysely";
import type { Database } from "../storage/schema.ts";
import { canonicalDigest } from "../verification/canonical.ts";
import { addReviews, addScores, createRater } from "./score_store.ts";
import { createSet, setByImport } from "./set_store.ts";
import { type By, ownSlug, saveJudgeTemplate, savePromptSet, saveRubric } from "./store.ts";
import { PUBLISHED_DIGEST } from "./tinyscalelab/published.ts";
import { readStudy, type StudyImport, type StudyRater } from "./tinyscalelab/read.ts";
import type { LabItem, LabSet, Rubric } from "./types.ts";

/** Of what the set will hold; names of files and of the study are no part of it. */
export function studyDigest(study: StudyImport): Promise<string> {
  const { rubrics, rubric, models, items, raters, scores, reviews } = study;
  return canonicalDigest({
    rubrics: rubrics.map(({ levels, criteria }) => ({ levels, criteria })),
    rubric,
    models,
    items,
    raters: raters.map(({ kind, rubric }) => ({ kind, rubric })),
    scores: scores.map(({ rater, ...score }) => [placeOf(raters, rater), score]),
    reviews: reviews.map(({ rater, ...review }) => [placeOf(raters, rater), review]),
  });
}

function placeOf(raters: readonly StudyRater[], key: string): number {
  return raters.findIndex((rater) => rater.key === key);
}

/** Raters of an import have ids that follow from it: nobody else's scores are taken for theirs. */
export function importedRaterId(digest: string, place: number): string {
  return `${digest.slice(0, 12)}-${place + 1}`;
}

/**
 * Keeps a study, all or nothing. The same study is kept once: whoever brings it again is led to the
 * set there is.
 * @throws {ValidationError} when some of it is too long or too much.
 */
export async function importStudy(
  db: Kysely<Database>,
  study: StudyImport,
  by: By,
): Promise<{ set: LabSet; isNew: boolean }> {
  const digest = await studyDigest(study);
  const known = await setByImport(db, digest);
  if (known) return { set: known, isNew: false };
  try {
    return { set: await keepStudy(db, study, digest, by), isNew: true };
  } catch (error) {
    // Another server of this database has brought it in the meantime.
    const theirs = (error as { code?: string }).code === UNIQUE_VIOLATION
      ? await setByImport(db, digest)
      : null;
    if (theirs === null) throw error;
    return { set: theirs, isNew: false };
  }
}

const UNIQUE_VIOLATION = "23505";

async function keepStudy(
  db: Kysely<Database>,
  study: StudyImport,
  digest: string,
  by: By,
): Promise<LabSet> {
  const rubrics = await keepRubrics(db, study, by);
  const promptSet = await savePromptSet(db, study.prompts, by);
  const set = await db.transaction().execute(async (transaction) => {
    const { set, items } = await createSet(transaction, {
      name: study.name,
      rubricId: rubrics[study.rubric].id,
      promptSetId: promptSet.id,
      models: study.models,
      decoding: study.decoding,
      source: "imported",
      sourceNote: study.source,
      items: study.items,
    }, { ...by, importDigest: digest });
    await keepScores(transaction, study, { set, items, digest, rubrics, at: by.at });
    return set;
  });
  for (const template of study.templates) await saveJudgeTemplate(db, template, by);
  return set;
}

async function keepRubrics(
  db: Kysely<Database>,
  { rubrics }: StudyImport,
  by: By,
): Promise<Rubric[]> {
  const slug = await ownSlug(db, rubrics[0].slug, by.accountId);
  const kept: Rubric[] = [];
  for (const draft of rubrics) kept.push(await saveRubric(db, { ...draft, slug }, by));
  return kept;
}

/** What scores and raters refer to. */
interface Kept {
  /** Of the study. */
  digest: string;
  rubrics: readonly Rubric[];
  at: Date;
}

async function keepScores(
  db: Transaction<Database>,
  study: StudyImport,
  { set, items, ...kept }: Kept & { set: LabSet; items: readonly LabItem[] },
): Promise<void> {
  const { at } = kept;
  const idOf = await keepRaters(db, study, kept);
  await addScores(
    db,
    set.id,
    study.scores.map(({ item, rater, ...score }) => ({
      ...score,
      itemId: items[item].id,
      raterId: idOf.get(rater)!,
      round: 0,
      judgeShown: false,
      at,
    })),
  );
  await addReviews(
    db,
    set.id,
    study.reviews.map(({ item, rater, ...review }) => ({
      ...review,
      itemId: items[item].id,
      raterId: idOf.get(rater)!,
      reviewerId: idOf.get("human")!,
      // The clicks were made with the judge's score on the screen.
      blindValue: null,
      at,
    })),
  );
}

/** The ids of the study's raters, by their keys in it. */
async function keepRaters(
  db: Transaction<Database>,
  { raters }: StudyImport,
  { digest, rubrics, at }: Kept,
): Promise<Map<string, string>> {
  const idOf = new Map<string, string>();
  for (const [place, rater] of raters.entries()) {
    const id = importedRaterId(digest, place);
    idOf.set(rater.key, id);
    const { kind, name, provider = "", model = "" } = rater;
    const rubricId = rubrics[rater.rubric].id;
    const judge = { templateId: null, templateVersion: null, provider, model, rubricId };
    await createRater(db, { id, kind, name, seed: 0, judge: kind === "judge" ? judge : null, at });
  }
  return idOf;
}

/** Reads the files of a folder as text, by name. Folders within are not looked at. */
export async function readFolder(folder: URL | string): Promise<Map<string, string>> {
  const base = folder instanceof URL ? folder.pathname : folder;
  const files = new Map<string, string>();
  for await (const { name, isFile } of Deno.readDir(base)) {
    if (isFile) files.set(name, await Deno.readTextFile(`${base.replace(/\/$/, "")}/${name}`));
  }
  return files;
}

/**
 * The study of data/lab, once: every later start finds it.
 * @returns whether it was new.
 */
export async function loadPublishedStudy(
  { db, now }: { db: Kysely<Database>; now: () => Date },
  folder: URL,
): Promise<boolean> {
  if (await setByImport(db, PUBLISHED_DIGEST)) return false;
  const study = readStudy(await readFolder(folder));
  return (await importStudy(db, study, { accountId: null, at: now() })).isNew;
}
