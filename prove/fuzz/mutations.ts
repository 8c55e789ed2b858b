// Hostile model files by number: the same number gives the same bytes, on every machine.

import { concatBytes, fromUtf8, uint32le, utf8 } from "../../lib/bytes.ts";
import { CounterRandom } from "../../lib/corpora/philox.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { readHeader } from "../../lib/format/read.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { BpeTokenizer } from "../../lib/tokenizers/bpe.ts";
import { MODERN, someWeights, TINY } from "../../tests/format/tinygpt_files.ts";

/** A file in the parts that mutations change. */
interface Parts {
  /** Magic, version and the header's length. */
  preamble: Uint8Array<ArrayBuffer>;
  header: Uint8Array<ArrayBuffer>;
  state: Uint8Array<ArrayBuffer>;
  /** Whether the length in the preamble follows the header. */
  followsHeader: boolean;
}

type Mutation = (parts: Parts, random: CounterRandom) => void;
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const FIELDS = { recipe: { spec: "exact/1" }, chain: { leaves: ["00"] }, savedAt: "now" };
const BASES: readonly Parts[] = baseFiles();

/** One file of each kind: dtypes, moments, architecture, imported options, merges. */
function baseFiles(): Parts[] {
  const merged: ModelConfig = { ...TINY, vocabSize: 260 };
  const merges = Uint16Array.of(116, 104, 256, 101, 32, 116, 104, 101);
  const imported: ModelConfig = {
    ...TINY,
    imported: { gelu: "tanh", normEpsilon: 1e-3, windows: [2], withoutBias: ["attn.q_proj"] },
  };
  const write = (
    config: ModelConfig,
    dtype: "fp32" | "fp16" | "int4",
    more: { moments?: boolean; tokenizer?: BpeTokenizer } = {},
  ) => {
    const weights = someWeights(config);
    const moments = more.moments ? { m: weights, v: weights } : {};
    const { tokenizer } = more;
    return writeTinygpt({ config, step: 1, weights, dtype, header: FIELDS, tokenizer, ...moments });
  };
  return [
    write(TINY, "fp32"),
    write(TINY, "fp32", { moments: true }),
    write(TINY, "fp16"),
    write(TINY, "int4"),
    write(MODERN, "fp32"),
    write(imported, "fp32"),
    write(merged, "int4", { tokenizer: new BpeTokenizer(merges, 4) }),
  ].map((bytes) => {
    const { stateOffset } = readHeader(bytes);
    return {
      preamble: bytes.slice(0, 12),
      header: bytes.slice(12, stateOffset),
      state: bytes.slice(stateOffset),
      followsHeader: true,
    };
  });
}

function pick<T>(random: CounterRandom, values: readonly T[]): T {
  return values[random.below(values.length)];
}

const WORDS = [0, 1, 0x7f800000, 0x7fc00000, 0xff800000, 0x7fffffff, 0x80000000, 0xffffffff];
const HALVES = [0x7c00, 0xfc00, 0x7e00, 0xffff, 0x0001, 0x8000, 0x7bff];

/** Numbers as JSON may spell them; a parser need not give them back so. */
const NUMBERS = [
  ...["0", "-0", "-1", "0.5", "1", "2", "3", "7", "64", "255", "256", "65535", "65536", "262144"],
  ...["262145", "2147483647", "2147483648", "4294967296", "9007199254740991", "9007199254740993"],
  ...["1e308", "1e999", "-1e999", "1e-400", "5e-324", `1${"0".repeat(400)}`, "0.1e1", "1E+2"],
];

const VALUES: readonly string[] = [
  ...NUMBERS,
  ...["null", "true", "false", '""', "[]", "{}", "[[]]", '"fp16"', '"fp32"', '"int4"', '"NaN"'],
  ...['"__proto__"', '"<script>"', '"\\u0000"', '"\\ud800"', `"${"x".repeat(3000)}"`],
  ...['{"length":1e9}', '{"toString":1,"valueOf":2}', '{"toJSON":"x"}', '{"__proto__":{"a":1}}'],
  ...["[1,2,3]", "[1e9,1e9]", `[${"0,".repeat(999)}0]`, '{"norm":"rmsnorm"}', '{"type":"bpe"}'],
];

/** Every key and index on the way to every value, five levels down: real headers have no more. */
function pathsOf(value: Json, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null || path.length === 5) return [path];
  const below = Object.entries(value).flatMap(([key, child]) =>
    pathsOf(child as Json, [...path, key])
  );
  return path.length > 0 ? [path, ...below] : below;
}

/** Stands in a header for text that is put in after the header has become text. */
const PLACE = "\u{1f9ea}place";

function withHeaderJson(
  parts: Parts,
  change: (json: Json & { [key: string]: Json }) => string | void,
): void {
  try {
    const json = JSON.parse(fromUtf8(parts.header));
    if (typeof json !== "object" || json === null) return;
    const inserted = change(json);
    const text = JSON.stringify(json).replaceAll(`"${PLACE}"`, () => inserted ?? "");
    parts.header = utf8(text) as Uint8Array<ArrayBuffer>;
  } catch (error) {
    // An earlier mutation left no JSON, or too deep a nesting to write again.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
  }
}

/** The value that holds the last key of `path`. */
function parentOf(json: Json, path: readonly string[]): Record<string, Json> {
  return path.slice(0, -1).reduce(
    (value, key) => (value as Record<string, Json>)[key],
    json,
  ) as Record<string, Json>;
}

function setAnyField(parts: Parts, random: CounterRandom, value: string): void {
  withHeaderJson(parts, (json) => {
    const paths = pathsOf(json);
    if (paths.length === 0) return;
    const path = pick(random, paths);
    parentOf(json, path)[path.at(-1)!] = PLACE;
    return value;
  });
}

const DIMENSIONS = ["layers", "dModel", "heads", "ctx", "dMlp", "vocabSize"];
const OPTIONAL = ["arch", "imported", "tokenizer", "recipe", "manifest", "weightDtype"];

const MUTATIONS: readonly Mutation[] = [
  function flipBits(parts, random) {
    const part = pick(random, [parts.preamble, parts.header, parts.header, parts.state]);
    for (let i = 1 + random.below(4); i > 0 && part.length > 0; i--) {
      part[random.below(part.length)] ^= 1 << random.below(8);
    }
  },
  function replaceWord(parts, random) {
    const part = pick(random, [parts.preamble, parts.header, parts.state]);
    if (part.length < 4) return;
    part.set(uint32le(pick(random, WORDS)), random.below(part.length - 3));
  },
  function spoilValue(parts, random) {
    // A weight, a moment, a scale: the first bytes of an int4 state are all scales.
    const { state } = parts;
    if (state.length < 8) return;
    const at = 4 + 2 * random.below((state.length - 4) >> 1);
    const half = pick(random, HALVES);
    state[at] = half & 255;
    state[at + 1] = half >> 8;
  },
  function cutState(parts, random) {
    parts.state = parts.state.slice(0, random.below(parts.state.length + 1));
  },
  function extendState(parts, random) {
    const more = new Uint8Array(1 + random.below(2000)).fill(random.below(256));
    parts.state = concatBytes([parts.state, more]);
  },
  function cutHeader(parts, random) {
    parts.header = parts.header.slice(0, random.below(parts.header.length + 1));
  },
  function stateLength(parts, random) {
    // The stated length of the header alone.
    const length = parts.header.length;
    const lengths = [0, 1, length - 1, length + 1, 8388608, 8388609, 2 ** 31, 2 ** 32 - 1];
    parts.preamble.set(uint32le(pick(random, lengths) >>> 0), 8);
    parts.followsHeader = false;
  },
  function setVersion(parts, random) {
    parts.preamble.set(uint32le(random.below(5)), 4);
  },
  (parts, random) => setAnyField(parts, random, pick(random, VALUES)),
  (parts, random) => setAnyField(parts, random, pick(random, NUMBERS)),
  function setDimension(parts, random) {
    withHeaderJson(parts, (json) => {
      const config = json.config as Record<string, Json> | null;
      if (typeof config !== "object" || config === null) return;
      config[pick(random, DIMENSIONS)] = PLACE;
      return pick(random, NUMBERS);
    });
  },
  function swapDtype(parts, random) {
    withHeaderJson(parts, (json) => {
      json.weightDtype = pick(random, ["fp32", "fp16", "int4", "fp64"]);
      json.includesOptimizerState = pick(random, [true, false]);
      if (random.below(2) === 0) delete json.stateByteLength;
    });
  },
  function deleteField(parts, random) {
    withHeaderJson(parts, (json) => {
      const paths = pathsOf(json);
      if (paths.length === 0) return;
      const path = pick(random, paths), parent = parentOf(json, path);
      if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
      else delete parent[path.at(-1)!];
    });
  },
  function addField(parts, random) {
    withHeaderJson(parts, (json) => {
      const names = [...OPTIONAL, "__proto__", "constructor", "toString", "hasOwnProperty"];
      const target = random.below(2) === 0 ? json : json.config as Record<string, Json>;
      if (typeof target !== "object" || target === null) return;
      const key = pick(random, names);
      Object.defineProperty(target, key, { value: PLACE, enumerable: true, configurable: true });
      return pick(random, VALUES);
    });
  },
  function repeatKey(parts, random) {
    const text = fromUtf8(parts.header);
    const key = pick(random, ["config", "weightDtype", "manifest", "version", "__proto__"]);
    parts.header = utf8(text.replace(/\}$/, `,"${key}":${pick(random, VALUES)}}`));
  },
  function nestDeeply(parts, random) {
    const depth = pick(random, [62, 63, 64, 65, 1000, 20_000]);
    const [open, close] = pick(random, [["[", "]"], ['{"a":', "}"]]);
    setAnyField(parts, random, `${open.repeat(depth)}0${close.repeat(depth)}`);
  },
  function spliceText(parts, random) {
    const { header } = parts;
    const from = random.below(header.length + 1), at = random.below(header.length + 1);
    const piece = header.slice(from, from + random.below(60));
    const rest = random.below(2) === 0 ? at : Math.min(header.length, at + piece.length);
    parts.header = concatBytes([header.slice(0, at), piece, header.slice(rest)]);
  },
  function insertBytes(parts, random) {
    const { header } = parts, at = random.below(header.length + 1);
    const pieces = [[0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0x5c], [
      0x22,
    ]];
    const piece = Uint8Array.from(pick(random, pieces));
    parts.header = concatBytes([header.slice(0, at), piece, header.slice(at)]);
  },
  function crossOver(parts, random) {
    const other = pick(random, BASES);
    if (random.below(2) === 0) parts.header = other.header.slice();
    else parts.state = other.state.slice();
  },
];

/** File number `number` of the series of `seed`: one to four mutations of one base. */
export function mutatedFile(seed: number, number: number): Uint8Array<ArrayBuffer> {
  const random = new CounterRandom(seed, { stream: 95, step: number, row: 0 });
  const base = pick(random, BASES);
  const parts: Parts = {
    preamble: base.preamble.slice(),
    header: base.header.slice(),
    state: base.state.slice(),
    followsHeader: true,
  };
  for (let left = 1 + random.below(4); left > 0; left--) pick(random, MUTATIONS)(parts, random);
  if (parts.followsHeader && random.below(16) > 0) {
    parts.preamble.set(uint32le(parts.header.length), 8);
  }
  const file = concatBytes([parts.preamble, parts.header, parts.state]);
  return random.below(32) === 0 ? file.slice(0, random.below(file.length + 1)) : file;
}
