// tokenizer: trains byte-pair encoding and prints what a recipe needs to name it.

import { CORPORA } from "../lib/corpora/registry.ts";
import { loadSources } from "../lib/corpora/sources.ts";
import { NotFoundError } from "../lib/errors.ts";
import {
  BpeTokenizer,
  MAX_ENTRY_BYTES,
  MAX_VOCAB_SIZE,
  mergesDigest,
  MIN_ENTRY_BYTES,
  MIN_VOCAB_SIZE,
  VOCAB_SIZE_UNIT,
} from "../lib/tokenizers/bpe.ts";
import { trainMerges } from "../lib/verification/inputs.ts";
import { type Arguments, type Command, CORPUS_OPTION, JSON_OPTION, usageError } from "./command.ts";
import { type DataFiles, openData } from "./host.ts";
import { note, printJson } from "./output.ts";

export const TOKENIZER: Command = {
  name: "tokenizer",
  summary:
    "Trains byte-pair encoding on a registered corpus. Prints the tokenizer field of a recipe: the\n" +
    "same corpus and options give the same merges anywhere, so their hash is enough.",
  operands: [],
  options: {
    corpus: {
      type: "string",
      value: "ID",
      help: "a registered corpus, or the SHA-256 of one given; required",
    },
    "corpus-file": CORPUS_OPTION,
    vocab: {
      type: "string",
      value: "N",
      help: `tokens, ${MIN_VOCAB_SIZE} to ${MAX_VOCAB_SIZE}, a multiple of 4; required`,
    },
    "max-entry-bytes": { type: "string", value: "N", help: "longest entry in bytes (16)" },
    json: JSON_OPTION,
  },
  example: "tokenizer --corpus tinystories-train-4m --vocab 1024",
  run: tokenizer,
};

async function tokenizer(args: Arguments): Promise<void> {
  const id = args.required("corpus");
  args.required("vocab");
  const vocabRange = { min: MIN_VOCAB_SIZE, max: MAX_VOCAB_SIZE, integer: true };
  const entryRange = { min: MIN_ENTRY_BYTES, max: MAX_ENTRY_BYTES, integer: true };
  const vocabSize = args.number("vocab", MIN_VOCAB_SIZE, vocabRange);
  const maxEntryBytes = args.number("max-entry-bytes", 16, entryRange);
  if (vocabSize % VOCAB_SIZE_UNIT !== 0) {
    throw usageError(TOKENIZER, {
      expected: `a multiple of ${VOCAB_SIZE_UNIT} after --vocab`,
      got: String(vocabSize),
    });
  }
  const data = await openData(args);
  const trainedOn = named(id, data);
  const sources = await loadSources([trainedOn], data.loadData);
  const merges = trainMerges(id, sources, { vocabSize, maxEntryBytes });
  const sha256 = await mergesDigest(merges);
  const field = { type: "bpe", vocabSize, maxEntryBytes, trainedOn, sha256 };
  if (args.flag("json")) return printJson(field);
  const corpus = sources.get(id)!;
  const tokens = new BpeTokenizer(merges, maxEntryBytes).encode(corpus).length;
  note(`${(corpus.length / tokens).toFixed(2)} bytes a token on ${id}. In the recipe:`);
  console.log(`"tokenizer": ${JSON.stringify(field, null, 2)}`);
}

function named(id: string, { uploads }: DataFiles): { corpus: string; sha256: string } {
  if (uploads.has(id)) return { corpus: id, sha256: id };
  const corpus = CORPORA.find((corpus) => corpus.id === id);
  if (corpus) return { corpus: id, sha256: corpus.sha256 };
  throw new NotFoundError(`There is no corpus ${id}`, {
    expected: `one of ${CORPORA.map(({ id }) => id).join(", ")}`,
    got: id,
    fix: "Name a registered corpus (docs/recipe.md), or give the file with --corpus-file.",
  });
}
