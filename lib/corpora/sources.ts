// Loads the corpora a recipe names and proves they are the registered bytes. Reading is the caller's.

import { IntegrityError, NotFoundError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { GeneratorParams } from "./generators.ts";
import { findCorpus, isUploadId, uploadFile } from "./registry.ts";

/** One entry of a recipe's data list. `weight` is a positive integer share of the rows. */
export type DataSource =
  | { corpus: string; sha256: string; weight: number }
  | { generator: string; version: number; params: GeneratorParams; weight: number };

/** A corpus as a recipe names it. */
export interface NamedCorpus {
  corpus: string;
  sha256: string;
}

/** Corpus bytes by id. */
export type Sources = ReadonlyMap<string, Uint8Array>;

/**
 * Reads every corpus in `data` through `readData` (a path below data/ → its bytes).
 *
 * @throws {NotFoundError} when a corpus is neither registered nor named by its SHA-256.
 * @throws {IntegrityError} when the bytes, or the recipe's digest, are not the registered ones.
 */
export async function loadSources(
  data: readonly (DataSource | NamedCorpus)[],
  readData: (file: string) => Promise<Uint8Array>,
): Promise<Map<string, Uint8Array>> {
  const sources = new Map<string, Uint8Array>();
  for (const source of data) {
    if (!("corpus" in source) || sources.has(source.corpus)) continue;
    const corpus = isUploadId(source.corpus)
      ? { id: source.corpus, sha256: source.corpus, file: uploadFile(source.corpus) }
      : findCorpus(source.corpus);
    if (!corpus) throw new NotFoundError(`No corpus named ${source.corpus} is registered`);
    const bytes = await readData(corpus.file);
    const digest = await sha256Hex(bytes);
    for (const expected of [corpus.sha256, source.sha256]) {
      if (digest === expected) continue;
      throw new IntegrityError(`Corpus ${corpus.id} is not the file it should be`, {
        expected: `SHA-256 ${expected}`,
        got: `SHA-256 ${digest}`,
        fix: `Restore data/${corpus.file} and name its SHA-256 in the recipe.`,
      });
    }
    sources.set(corpus.id, bytes);
  }
  return sources;
}
