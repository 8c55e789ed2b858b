// Tokenizers of Hugging Face models, from the JSON of a `tokenizer.json`: byte-level BPE (GPT-2,
// GPT-Neo) and BPE with byte fallback (Llama 2). Made lossless: any bytes come back.

import { Tokenizer as Library } from "@huggingface/tokenizers";
import * as z from "zod";
import { concatBytes, equalBytes, utf8 } from "../bytes.ts";
import { ValidationError } from "../errors.ts";
import { PIECE_PATTERN } from "./pieces.ts";
import type { Tokenizer } from "./tokenizer.ts";

const BYTES = 256;
/** Stands for a space in vocabularies with byte fallback. */
const SPACE_MARK = "\u2581";
const MOST_ADDED = 4096;
const MOST_STAGES = 16;

const id = z.int({ error: "a whole number" }).nonnegative({ error: "an id of at least 0" });
const text = z.string({ error: "a text" });

/** Stages that keep every character; patterns of a file's own are never run. */
const preTokenizer = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("ByteLevel") }),
  z.looseObject({ type: z.literal("Digits") }),
  z.looseObject({ type: z.literal("Metaspace"), replacement: z.literal(SPACE_MARK) }),
  z.looseObject({
    type: z.literal("Split"),
    pattern: z.strictObject({ Regex: z.literal(PIECE_PATTERN) }),
    behavior: z.literal("Isolated"),
    invert: z.literal(false),
  }),
], { error: "a stage of type ByteLevel, Digits or Metaspace" });
const normalizer = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("Prepend"), prepend: z.literal(SPACE_MARK) }),
  z.looseObject({
    type: z.literal("Replace"),
    pattern: z.looseObject({ String: z.literal(" ") }),
    content: z.literal(SPACE_MARK),
  }),
], { error: `a stage that marks spaces with ${SPACE_MARK}` });

const schema = z.looseObject({
  added_tokens: z.array(
    z.looseObject({
      id,
      content: text.min(1, { error: "a text" }),
      special: z.boolean({ error: "true or false" }),
      lstrip: z.literal(false, { error: "false: nothing may be lost" }).nullish(),
      rstrip: z.literal(false, { error: "false: nothing may be lost" }).nullish(),
    }),
    { error: "a list" },
  ).max(MOST_ADDED, { error: `at most ${MOST_ADDED}` }),
  normalizer: z.union([
    normalizer,
    z.looseObject({
      type: z.literal("Sequence"),
      normalizers: z.array(normalizer).max(MOST_STAGES),
    }),
  ], { error: `null, or stages that mark spaces with ${SPACE_MARK}` }).nullable(),
  pre_tokenizer: z.union([
    preTokenizer,
    z.looseObject({
      type: z.literal("Sequence"),
      pretokenizers: z.array(preTokenizer).max(MOST_STAGES),
    }),
  ], { error: "null, or stages of type ByteLevel, Digits or Metaspace" }).nullable(),
  model: z.looseObject({
    type: z.literal("BPE", { error: '"BPE"' }),
    vocab: z.custom<Record<string, unknown>>(isObject, { error: "ids by token" }),
    merges: z.custom<string[] | [string, string][]>(isMerges, { error: "pairs of tokens" }),
    byte_fallback: z.boolean({ error: "true or false" }).nullish(),
    dropout: z.null({ error: "null" }).optional(),
    end_of_word_suffix: z.literal("", { error: "nothing" }).nullish(),
    continuing_subword_prefix: z.literal("", { error: "nothing" }).nullish(),
    continuing_subword_suffix: z.literal("", { error: "nothing" }).nullish(),
  }, { error: "an object" }),
}, { error: "an object" });
type TokenizerJson = z.infer<typeof schema>;

// By hand, because zod lists every wrong element: a hostile file of millions would fill the memory.
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMerges(value: unknown): boolean {
  const isText = (item: unknown) => typeof item === "string";
  const isPair = (item: unknown) => Array.isArray(item) && item.length === 2 && item.every(isText);
  return Array.isArray(value) && (value.every(isText) || value.every(isPair));
}

export class HuggingFaceTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly headerField: { type: "huggingface"; json: unknown };
  readonly #json: TokenizerJson;
  readonly #marksSpaces: boolean;
  /** By id; nothing for special tokens and ids without a token. */
  readonly #bytes: Uint8Array[];
  /** The token of each single byte. */
  readonly #byteTokens: Int32Array;
  #library: Library | null = null;

  /**
   * @param json the parsed file. @param vocabSize the model's, at least the tokenizer's.
   * @throws {ValidationError} when it is malformed, of another kind, or cannot spell every byte.
   */
  constructor(json: unknown, vocabSize: number) {
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0];
      throw problem(path.map(String).join("."), message, valueAt(json, path));
    }
    this.vocabSize = vocabSize;
    this.headerField = { type: "huggingface", json };
    this.#json = parsed.data;
    const isByteLevel = preTokenizers(parsed.data).some(({ type }) => type === "ByteLevel");
    this.#marksSpaces = !isByteLevel;
    if (!isByteLevel && parsed.data.model.byte_fallback !== true) {
      throw problem("model.byte_fallback", "true, or a pre_tokenizer of type ByteLevel");
    }
    const spell = isByteLevel ? byteLevelSpelling() : spellWithFallback;
    this.#bytes = spellTokens(parsed.data, vocabSize, spell);
    this.#byteTokens = findByteTokens(parsed.data, isByteLevel);
    this.#byteTokens.forEach((token, byte) => {
      // An added token may have made a byte's token special, or given it another text.
      if (equalBytes(this.#bytes[token], Uint8Array.of(byte))) return;
      throw problem("added_tokens", `no other text for token ${token}, which is byte ${byte}`);
    });
  }

  /**
   * Valid UTF-8 is cut as the file says, without special tokens or a space put before the text.
   * What is not, and text the file's own rules would not give back, is cut into single bytes.
   */
  encode(bytes: Uint8Array): Int32Array {
    const tokens: number[] = [];
    for (const { from, to, isText } of utf8Stretches(bytes)) {
      const stretch = bytes.subarray(from, to);
      const cut = isText ? this.#encodeText(stretch) : null;
      for (const token of cut ?? this.#encodeBytes(stretch)) tokens.push(token);
    }
    return Int32Array.from(tokens);
  }

  decode(tokens: ArrayLike<number>): Uint8Array {
    return concatBytes(Array.from(tokens, (token) => this.tokenBytes(token)));
  }

  tokenBytes(token: number): Uint8Array {
    return this.#bytes[token];
  }

  #encodeBytes(bytes: Uint8Array): number[] {
    return Array.from(bytes, (byte) => this.#byteTokens[byte]);
  }

  /** Null when joining the tokens would not give the text again. */
  #encodeText(bytes: Uint8Array): number[] | null {
    this.#library ??= new Library(withoutAdditions(this.#json), {});
    const string = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.slice());
    // The mark itself would come back as a space.
    const parts = this.#marksSpaces ? string.split(SPACE_MARK) : [string];
    const mark = this.#encodeBytes(utf8(SPACE_MARK));
    const tokens = parts.flatMap((part, i) => [
      ...(i > 0 ? mark : []),
      ...(part === "" ? [] : this.#library!.encode(part, { add_special_tokens: false }).ids),
    ]);
    // A token of no bytes would have no place at which its likelihood counts.
    const isSpelt = tokens.every((token) => this.#bytes[token]?.length > 0);
    return isSpelt && equalBytes(this.decode(tokens), bytes) ? tokens : null;
  }
}

/** What the library is given: nothing that writes or reads what is not in the text. */
function withoutAdditions(json: TokenizerJson): Record<string, unknown> {
  const stages = preTokenizers(json).map((stage) => {
    if (stage.type === "ByteLevel") return { ...stage, add_prefix_space: false };
    return stage.type === "Metaspace" ? { ...stage, prepend_scheme: "never" } : stage;
  });
  const normalizers = listOf(json.normalizer, "normalizers")
    .filter(({ type }) => type !== "Prepend");
  return {
    ...json,
    added_tokens: json.added_tokens.filter(({ special }) => !special),
    normalizer: { type: "Sequence", normalizers },
    pre_tokenizer: stages.length === 0 ? null : { type: "Sequence", pretokenizers: stages },
    post_processor: null,
    decoder: null,
  };
}

function preTokenizers({ pre_tokenizer }: TokenizerJson) {
  return listOf(pre_tokenizer, "pretokenizers");
}

/** The stages of a sequence, the one stage, or none. */
function listOf<Stage extends { type: string }, Key extends string>(
  value: Stage | ({ type: "Sequence" } & Record<Key, Stage[]>) | null,
  key: Key,
): Stage[] {
  if (value === null) return [];
  return value.type === "Sequence" ? (value as Record<Key, Stage[]>)[key] : [value as Stage];
}

/** Bytes of every id. @throws {ValidationError} when two tokens share an id or one has none. */
function spellTokens(
  { model, added_tokens }: TokenizerJson,
  vocabSize: number,
  spell: (token: string) => Uint8Array | null,
): Uint8Array[] {
  const nothing = new Uint8Array();
  const bytes: Uint8Array[] = Array(vocabSize).fill(nothing);
  const taken = new Map<number, string>();
  const put = (token: string, id: number, path: string, spelt: Uint8Array | null) => {
    if (id >= vocabSize) throw problem(path, `ids below the model's ${vocabSize}, not ${id}`);
    if ((taken.get(id) ?? token) !== token) throw problem(path, `one token of id ${id}, not two`);
    taken.set(id, token);
    bytes[id] = spelt ?? nothing;
  };
  for (const [token, value] of Object.entries(model.vocab)) {
    const known = id.safeParse(value);
    const path = `model.vocab.${token.slice(0, 40)}`;
    if (!known.success) throw problem(path, known.error.issues[0].message, value);
    put(token, known.data, "model.vocab", spell(token));
  }
  for (const { content, id: token, special } of added_tokens) {
    put(content, token, "added_tokens", special ? null : utf8(content));
  }
  return bytes;
}

function findByteTokens({ model }: TokenizerJson, isByteLevel: boolean): Int32Array {
  const characters = byteCharacters();
  return Int32Array.from({ length: BYTES }, (_, byte) => {
    const token = isByteLevel ? characters[byte] : fallbackName(byte);
    if (Object.hasOwn(model.vocab, token)) return model.vocab[token] as number;
    throw problem("model.vocab", `a token for each byte; ${token} is missing`);
  });
}

function fallbackName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

function spellWithFallback(token: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
  return byte ? Uint8Array.of(parseInt(byte[1], 16)) : utf8(token.replaceAll(SPACE_MARK, " "));
}

/**
 * The character that stands for each byte in byte-level vocabularies (Radford et al. 2019): itself
 * where Latin-1 prints it, else the next of U+0100 and on.
 */
export function byteCharacters(): string[] {
  let next = BYTES;
  return Array.from({ length: BYTES }, (_, byte) => {
    const isShown = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isShown ? byte : next++);
  });
}

function byteLevelSpelling(): (token: string) => Uint8Array | null {
  const bytes = new Map(byteCharacters().map((character, byte) => [character, byte]));
  return (token) => {
    const spelt = Array.from(token, (character) => bytes.get(character));
    return spelt.includes(undefined) ? null : Uint8Array.from(spelt as number[]);
  };
}

interface Stretch {
  from: number;
  to: number;
  isText: boolean;
}

/** Cuts bytes into the longest stretches that are UTF-8 and those that are not (RFC 3629). */
export function utf8Stretches(bytes: Uint8Array): Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    const isText = length > 0;
    const to = at + Math.max(1, length);
    const last = stretches.at(-1);
    if (last?.isText === isText) last.to = to;
    else stretches.push({ from: at, to, isText });
    at = to;
  }
  return stretches;
}

/** Bytes of the character that begins at `at`, or 0 when none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > bytes.length) return 0;
  // Neither longer than needed, nor half of a surrogate pair, nor beyond U+10FFFF.
  const lowest = { 0xe0: 0xa0, 0xf0: 0x90 }[lead] ?? 0x80;
  const highest = { 0xed: 0x9f, 0xf4: 0x8f }[lead] ?? 0xbf;
  if (bytes[at + 1] < lowest || bytes[at + 1] > highest) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function problem(path: string, expected: string, found?: unknown): ValidationError {
  const where = path === "" ? "tokenizer.json" : `tokenizer.json, ${path}`;
  return new ValidationError(`${where}: expected ${expected}`, {
    path,
    expected,
    got: (JSON.stringify(found) ?? "nothing").slice(0, 80),
    fix: "Use a byte-level BPE tokenizer (GPT-2) or one with byte fallback (Llama 2).",
  });
}
