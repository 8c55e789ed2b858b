// What a run needs beside its recipe: the corpora it names and its tokenizer, both proven.

import { loadSources, type Sources } from "../corpora/sources.ts";
import { corpusOf } from "../corpora/registry.ts";
import { NotFoundError, ValidationError } from "../errors.ts";
import { BpeTokenizer, type Merges, mergesDigest } from "../tokenizers/bpe.ts";
import { BYTE_TOKENIZER, type Tokenizer } from "../tokenizers/tokenizer.ts";
import { type BpeOptions, trainBpe } from "../tokenizers/train_bpe.ts";
import { assertCorporaFit } from "./parse_recipe.ts";
import { namedCorpora, type Recipe } from "./recipe.ts";

export interface RunInputs {
  sources: Sources;
  tokenizer: Tokenizer;
}

/** The tokenizer trained from a recipe's corpus is not the one the recipe names. */
export class TokenizerError extends ValidationError {}

/**
 * Reads every corpus the recipe names through `readData` (a path below data/ → its bytes) and
 * trains its tokenizer.
 *
 * @throws {NotFoundError} when a corpus is not registered.
 * @throws {IntegrityError} when its bytes, or the recipe's digest, are not the registered ones.
 * @throws {ValidationError} when an uploaded corpus is too short for the recipe.
 * @throws {TokenizerError} when training gives another tokenizer than the recipe names, or none.
 */
export async function loadInputs(
  recipe: Recipe,
  readData: (file: string) => Promise<Uint8Array>,
): Promise<RunInputs> {
  const sources = await loadSources(namedCorpora(recipe), readData);
  assertCorporaFit(recipe, sources);
  return { sources, tokenizer: await trainTokenizer(recipe.tokenizer, sources) };
}

async function trainTokenizer(
  declared: Recipe["tokenizer"],
  sources: Sources,
): Promise<Tokenizer> {
  if (declared === "bytes") return BYTE_TOKENIZER;
  const { trainedOn, maxEntryBytes, sha256 } = declared;
  let merges: Merges;
  try {
    merges = trainMerges(trainedOn.corpus, sources, declared);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new TokenizerError(`recipe.tokenizer: ${error.message}`, {
      ...error.problem,
      path: "tokenizer",
    });
  }
  const digest = await mergesDigest(merges);
  if (digest === sha256) return new BpeTokenizer(merges, maxEntryBytes);
  throw new TokenizerError(`${trainedOn.corpus} gives another tokenizer than the recipe names`, {
    path: "tokenizer.sha256",
    expected: sha256,
    got: digest,
    fix: "Print the recipe's block with: deno task cli tokenizer",
  });
}

/**
 * The merges of a corpus' training range.
 *
 * @throws {NotFoundError} when the corpus is not registered or its bytes are not in `sources`.
 * @throws {ValidationError} when it has too few pairs for the vocabulary.
 */
export function trainMerges(id: string, sources: Sources, options: BpeOptions): Merges {
  const bytes = sources.get(id);
  const corpus = bytes && corpusOf(id, bytes);
  if (!corpus) throw new NotFoundError(`The bytes of corpus ${id} are not at hand`);
  return trainBpe(bytes.subarray(...corpus.trainRange), options);
}

/** How a file's tokenizer differs from the one its recipe names, or null. */
export async function tokenizerDifference(
  claimed: Tokenizer | null,
  declared: Recipe["tokenizer"],
): Promise<string | null> {
  if (declared === "bytes") {
    return claimed === BYTE_TOKENIZER ? null : "the recipe's tokens are bytes, the file's are not";
  }
  if (!(claimed instanceof BpeTokenizer)) {
    return "the recipe names byte-pair encoding, the file has none";
  }
  if (claimed.maxEntryBytes !== declared.maxEntryBytes) {
    return `entries have up to ${claimed.maxEntryBytes} bytes in the file and ${declared.maxEntryBytes} in the recipe`;
  }
  const digest = await mergesDigest(claimed.merges);
  return digest === declared.sha256
    ? null
    : `the file's merges hash to ${digest}, the recipe names ${declared.sha256}`;
}
