// generate: continues a prompt.

import { createBenchmarkModel, requireTokenizer } from "../lib/benchmarks/model.ts";
import { fromUtf8, toHex, utf8 } from "../lib/bytes.ts";
import { MOST_BEAMS } from "../lib/engine/beam_search.ts";
import {
  type Arguments,
  type Command,
  JSON_OPTION,
  THREADS_OPTION,
  usageError,
} from "./command.ts";
import { openModel } from "./host.ts";
import { ByteOutput, printJson } from "./output.ts";

const WHOLE = { min: 0, integer: true };

export const GENERATE: Command = {
  name: "generate",
  summary:
    "Continues a prompt. The same file, prompt, options and seed give the same bytes anywhere.",
  operands: ["FILE"],
  options: {
    prompt: { type: "string", value: "TEXT", help: "what to continue; required" },
    bytes: { type: "string", value: "N", help: "bytes to generate (200)" },
    temperature: { type: "string", value: "T", help: "0 is greedy (0)" },
    "top-k": { type: "string", value: "K", help: "keep the K likeliest tokens; 0 keeps all (0)" },
    "top-p": {
      type: "string",
      value: "P",
      help: "keep the likeliest that reach P; 1 keeps all (1)",
    },
    seed: { type: "string", value: "S", help: "seed of the draws (0)" },
    beams: { type: "string", value: "N", help: "search with N beams, and print what scores best" },
    "min-tokens": {
      type: "string",
      value: "N",
      help: "tokens before the end token, with --beams (0)",
    },
    "max-tokens": { type: "string", value: "N", help: "most tokens, with --beams (200)" },
    "end-token": {
      type: "string",
      value: "ID",
      help: "ends a text, with --beams; none unless given",
    },
    "length-penalty": {
      type: "string",
      value: "P",
      help: "divide log-probabilities by tokens to the power P, with --beams (1)",
    },
    "early-stopping": { type: "boolean", help: "end with as many texts as beams, with --beams" },
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: 'generate stories.tinygpt --prompt "Once upon a time" --bytes 200 --temperature 0.8',
  run: generate,
};

/** Options of drawing tokens one after another, and of searching: one kind or the other. */
const DRAWING = ["bytes", "temperature", "top-k", "top-p", "seed"];
const SEARCHING = ["min-tokens", "max-tokens", "end-token", "length-penalty"];

async function generate(args: Arguments): Promise<void> {
  const prompt = utf8(args.required("prompt"));
  const isSearch = args.text("beams") !== undefined;
  const strangers = (isSearch ? DRAWING : SEARCHING).filter((name) =>
    args.text(name) !== undefined
  );
  if (!isSearch && args.flag("early-stopping")) strangers.push("early-stopping");
  if (strangers.length > 0) {
    throw usageError(GENERATE, {
      expected: `no --${strangers[0]} ${isSearch ? "with" : "without"} --beams`,
      got: strangers.map((name) => `--${name}`).join(", "),
    });
  }
  await (isSearch ? search(args, prompt) : draw(args, prompt));
}

/** Draws token after token, writing each as it comes. */
async function draw(args: Arguments, prompt: Uint8Array): Promise<void> {
  const options = {
    maxBytes: args.number("bytes", 200, { ...WHOLE, max: 1_000_000 }),
    temperature: args.number("temperature", 0, { min: 0, max: 100 }),
    topK: args.number("top-k", 0, { ...WHOLE, max: 1_000_000 }),
    topP: args.number("top-p", 1, { min: 0, max: 1 }),
    seed: args.number("seed", 0, { ...WHOLE, max: Number.MAX_SAFE_INTEGER }),
  };
  const { file, engine, model: inference } = await openModel(args.positionals[0], args);
  const model = createBenchmarkModel(inference, engine.math, file.tokenizer);
  if (args.flag("json")) {
    const [bytes] = await model.generate([prompt], options);
    return printJson({ text: fromUtf8(bytes), bytes: toHex(bytes) });
  }
  const output = new ByteOutput();
  output.write(prompt);
  const onBytes = (_: number, bytes: Uint8Array) => output.write(bytes);
  await model.generate([prompt], { ...options, onBytes });
  output.end();
}

/** Searches with beams, then writes what scores best; with --json all that ended. */
async function search(args: Arguments, prompt: Uint8Array): Promise<void> {
  const maxTokens = args.number("max-tokens", 200, { min: 1, max: 1_000_000, integer: true });
  const options = {
    beams: args.number("beams", 1, { min: 1, max: MOST_BEAMS, integer: true }),
    maxTokens,
    minTokens: args.number("min-tokens", 0, { ...WHOLE, max: maxTokens }),
    endToken: args.text("end-token") === undefined
      ? undefined
      : args.number("end-token", 0, { ...WHOLE, max: Number.MAX_SAFE_INTEGER }),
    lengthPenalty: args.number("length-penalty", 1, { min: -100, max: 100 }),
    earlyStopping: args.flag("early-stopping"),
  };
  const { file, model } = await openModel(args.positionals[0], args);
  const tokenizer = requireTokenizer(file.tokenizer);
  const [hypotheses] = await model.beamSearch([tokenizer.encode(prompt)], options);
  const texts = hypotheses.map(({ tokens, score }) => ({ bytes: tokenizer.decode(tokens), score }));
  if (args.flag("json")) {
    return printJson({
      texts: texts.map(({ bytes, score }) => ({
        text: fromUtf8(bytes),
        bytes: toHex(bytes),
        score,
      })),
    });
  }
  const output = new ByteOutput();
  output.write(prompt);
  if (texts.length > 0) output.write(texts[0].bytes);
  output.end();
}
