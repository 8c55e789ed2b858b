// Our tokenizers as the `tokenizer.json` of Hugging Face's. Knows no file.

import { BpeTokenizer } from "../tokenizers/bpe.ts";
import { byteCharacters, HuggingFaceTokenizer } from "../tokenizers/huggingface.ts";
import { PIECE_PATTERN } from "../tokenizers/pieces.ts";
import { BYTE_TOKENIZER, type Tokenizer } from "../tokenizers/tokenizer.ts";

/** What cuts bytes as this tokenizer does, or null when it cannot be said there. */
export function tokenizerJson(tokenizer: Tokenizer): unknown {
  if (tokenizer instanceof HuggingFaceTokenizer) return tokenizer.headerField.json;
  if (tokenizer === BYTE_TOKENIZER) return byteLevelJson([], null);
  if (tokenizer instanceof BpeTokenizer) return bpeJson(tokenizer);
  return null;
}

function bpeJson(tokenizer: BpeTokenizer): unknown {
  const characters = byteCharacters();
  const names = Array.from(
    { length: tokenizer.vocabSize },
    (_, id) => Array.from(tokenizer.tokenBytes(id), (byte) => characters[byte]).join(""),
  );
  const merges = Array.from(
    { length: tokenizer.merges.length / 2 },
    (_, m) => [names[tokenizer.merges[2 * m]], names[tokenizer.merges[2 * m + 1]]],
  );
  const split = {
    type: "Split",
    pattern: { Regex: PIECE_PATTERN },
    behavior: "Isolated",
    invert: false,
  };
  return byteLevelJson(merges, split, names);
}

function byteLevelJson(merges: string[][], split: unknown, names = byteCharacters()): unknown {
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: split === null
      ? byteLevel
      : { type: "Sequence", pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(names.map((name, id) => [name, id])),
      merges,
    },
  };
}
