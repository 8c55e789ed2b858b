// Which bytes of which corpora a recipe's model was made with: what a scan of them is held against.

import { findCorpus, isUploadId } from "../corpora/registry.ts";
import type { NamedCorpus } from "../corpora/sources.ts";
import { namedCorpora, type Recipe } from "./recipe.ts";

export interface CorpusUse {
  /** SHA-256. */
  corpus: string;
  /** Bytes [start, end). */
  start: number;
  end: number;
}

/**
 * Rows, tokenizer and dev set alike: text that chose when a run ends is known to the model as well.
 * Corpora nobody registered are left out.
 */
export function corpusUses(recipe: Recipe): CorpusUse[] {
  const dev = recipe.earlyStop && "corpus" in recipe.earlyStop.dev && recipe.earlyStop.dev;
  const uses = namedCorpora(recipe).flatMap((named) =>
    useOf(named, named === dev ? dev.bytes : null)
  );
  const distinct = new Map(uses.map((use) => [`${use.corpus} ${use.start} ${use.end}`, use]));
  return [...distinct.values()];
}

/** @param devBytes of a dev set: the last bytes of the file; null for what is trained on. */
function useOf({ corpus: id, sha256 }: NamedCorpus, devBytes: number | null): CorpusUse[] {
  // Its length is not in the recipe, and all of it is trained on.
  if (isUploadId(id)) return [{ corpus: id, start: 0, end: Number.MAX_SAFE_INTEGER }];
  const corpus = findCorpus(id);
  if (corpus?.sha256 !== sha256) return [];
  const [start, end] = devBytes === null
    ? corpus.trainRange
    : [corpus.byteLength - devBytes, corpus.byteLength];
  return [{ corpus: sha256, start, end }];
}
