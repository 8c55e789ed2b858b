// What the lab speaks of: rubrics, sets of completions to score, raters, scores. Knows no database.

/** One question of a rubric, asked of the items of one category. */
export interface Criterion {
  /**
   * What is asked, across versions of a rubric: a version that words the same question better keeps
   * the id, so its scores can be compared with earlier ones.
   */
  id: string;
  category: string;
  /** Letter within its category in this version: "A". */
  code: string;
  text: string;
}

/** A version of a rubric. Versions are never changed: to edit is to make the next one. */
export interface Rubric {
  id: string;
  /** The same for all versions. */
  slug: string;
  name: string;
  version: number;
  /** Scores that may be given, ascending: [0, 0.5, 1]. */
  levels: number[];
  criteria: Criterion[];
  /** Where it is from, in words. */
  source: string;
  createdAt: Date;
}

export interface Prompt {
  /** Unique within its set. */
  id: string;
  category: string;
  text: string;
}

export interface PromptSet {
  id: string;
  name: string;
  prompts: Prompt[];
  /** Where they are from, in words. */
  source: string;
  /** Under which they may be used; empty where nobody said. */
  licence: string;
  /** By a moderator. */
  hidden: boolean;
  createdAt: Date;
}

/** How the completions were made, in the terms of the published runs. */
export interface Decoding {
  beams: number;
  sample: boolean;
  minLength: number | null;
  maxLength: number | null;
  /** What the lengths count. */
  unit: "tokens" | "bytes";
  /** Anything else, in words. */
  note?: string;
}

/** A model of a set. Raters never see it. */
export interface LabModel {
  name: string;
  parameters: number | null;
  /** Of this board, or null. */
  entryId: string | null;
}

export type SetSource = "imported" | "generated";

/** Completions of some models to some prompts, scored by one rubric. */
export interface LabSet {
  id: string;
  name: string;
  rubricId: string;
  promptSetId: string | null;
  models: LabModel[];
  decoding: Decoding | null;
  source: SetSource;
  /** In words: file names, who made it. */
  sourceNote: string;
  accountId: string | null;
  hidden: boolean;
  createdAt: Date;
}

/** A set that a further model may join, of the same prompts and rubric. */
export interface JoinableSet {
  id: string;
  name: string;
  promptSetId: string;
  rubricId: string;
  /** Their names in it. */
  models: string[];
}

/** One completion. */
export interface LabItem {
  id: string;
  setId: string;
  /** `name` of a model of the set. */
  model: string;
  entryId: string | null;
  promptId: string;
  category: string;
  prompt: string;
  completion: string;
  /** Counts from 1 within the set. */
  position: number;
}

/** What a judge is: another template, version or model is another rater. */
export interface JudgeIdentity {
  templateId: string | null;
  templateVersion: number | null;
  /** "openai", "anthropic", "gemini", or what an import says. */
  provider: string;
  model: string;
  /** The version of the rubric it was asked with. */
  rubricId: string;
  /** The rater who runs it: nobody passes the gate by another's runs. Null for imported ones. */
  owner?: string | null;
}

export interface Rater {
  id: string;
  kind: "human" | "judge";
  name: string;
  accountId: string | null;
  /** Of the order in which it sees items. */
  seed: number;
  judge: JudgeIdentity | null;
  createdAt: Date;
}

/**
 * One answer. They are only ever added: the last of an item, criterion, rater and round counts, and
 * a null takes the answer back.
 */
export interface ScoreEvent {
  itemId: string;
  criterion: string;
  raterId: string;
  /** 0 is the first time; 1, 2, … are repeats that measure drift. */
  round: number;
  value: number | null;
  /** A rater's remark, or a judge's explanation. */
  note: string | null;
  /** A judge's score was on the screen: no measure of agreement may take it for blind. */
  judgeShown: boolean;
}

/** A score that counts. */
export interface ScoreCell extends ScoreEvent {
  value: number;
}

/**
 * What somebody says of another's score. `blindValue` is what they gave before it was shown to
 * them; null where it was on the screen from the start.
 */
export interface Review {
  itemId: string;
  criterion: string;
  /** Whose score it is about. */
  raterId: string;
  reviewerId: string;
  blindValue: number | null;
  agree: boolean | null;
  comment: string;
}

/** The text a judge is asked with. Versions are never changed. */
export interface JudgeTemplate {
  id: string;
  slug: string;
  name: string;
  version: number;
  text: string;
  source: string;
  createdAt: Date;
}
