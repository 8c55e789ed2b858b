// inspect: what a model file says of itself, its shapes, and what it makes of a text.

import { requireTokenizer } from "../lib/benchmarks/model.ts";
import { fromUtf8, utf8 } from "../lib/bytes.ts";
import { describeArchitecture } from "../lib/format/architecture.ts";
import { tensorSpecs } from "../lib/format/config.ts";
import { modelDigest } from "../lib/format/digest.ts";
import type { Tokenizer } from "../lib/tokenizers/tokenizer.ts";
import { describeImported } from "../lib/format/imported.ts";
import { lookInside } from "../lib/inspect/look.ts";
import { lookAtWeights } from "../lib/inspect/weights.ts";
import { openModel, readModel } from "./host.ts";
import { printJson } from "./output.ts";
import { type Arguments, type Command, JSON_OPTION, THREADS_OPTION } from "./command.ts";

export const INSPECT: Command = {
  name: "inspect",
  summary: "Shows a model file's header and shapes, or with --prompt what it makes of a text.",
  operands: ["FILE"],
  options: {
    prompt: {
      type: "string",
      value: "TEXT",
      help:
        "look inside: likeliest next tokens after each block; attention and weights with --json",
    },
    top: { type: "string", value: "K", help: "tokens named at each place, with --prompt (5)" },
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: "inspect sort.tinygpt",
  run: (args) => args.text("prompt") === undefined ? inspect(args) : look(args),
};

/** For example "bpe, 1024 tokens". */
function tokenizerText(tokenizer: Tokenizer | null): string {
  if (tokenizer === null) return "not in the file";
  return `${tokenizer.headerField?.type ?? "bytes"}, ${tokenizer.vocabSize} tokens`;
}

async function inspect(args: Arguments): Promise<void> {
  const file = await readModel(args.positionals[0]);
  const tensors = tensorSpecs(file.config).map(({ name, shape }) => ({ name, shape }));
  const facts = {
    digest: await modelDigest(file.config, file.weights, file.tokenizer),
    version: file.version,
    dtype: file.dtype,
    step: file.step,
    parameters: file.weights.length,
    tokenizer: tokenizerText(file.tokenizer),
    optimizerState: file.m !== null,
    config: file.config,
  };
  const architecture = [describeArchitecture(file.config), describeImported(file.config.imported)];
  if (args.flag("json")) return printJson({ ...facts, tensors, header: file.header.raw });
  for (const [name, value] of Object.entries(facts)) {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    console.log(`${name.padEnd(16)}${text}`);
  }
  console.log(`architecture    ${architecture.filter(Boolean).join("; ")}`);
  console.log(`recipe          ${file.recipe ? "in the header" : "none"}`);
  for (const { name, shape } of tensors) console.log(`  ${name.padEnd(34)}[${shape.join(", ")}]`);
}

/** The likeliest tokens after every position, after each block; with --json all that there is. */
async function look(args: Arguments): Promise<void> {
  const top = args.number("top", 5, { min: 1, max: 100, integer: true });
  const { file, engine, model } = await openModel(args.positionals[0], args);
  const tokenizer = requireTokenizer(file.tokenizer);
  const text = utf8(args.required("prompt"));
  const found = await lookInside(model, tokenizer, engine.math, text, { top });
  if (args.flag("json")) {
    const attention = found.attention.map((heads) => heads.map((map) => [...map]));
    const weights = lookAtWeights(file.config, file.weights);
    return printJson({ ...found, attention, weights });
  }
  const quoted = (bytes: number[]) => JSON.stringify(fromUtf8(Uint8Array.from(bytes)));
  found.tokens.forEach(({ bytes }, position) => {
    console.log(`${position + 1} ${quoted(bytes)}`);
    found.lens.forEach((rows, depth) => {
      const choices = rows[position].map(({ bytes, probability }) =>
        `${quoted(bytes)} ${(100 * probability).toFixed(1)}%`
      );
      console.log(`  after block ${depth}: ${choices.join(", ")}`);
    });
  });
}
