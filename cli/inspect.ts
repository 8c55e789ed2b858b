// inspect: what a model file says of itself, and its shapes.

import { describeArchitecture } from "../lib/format/architecture.ts";
import { tensorSpecs } from "../lib/format/config.ts";
import { modelDigest } from "../lib/format/digest.ts";
import type { Tokenizer } from "../lib/tokenizers/tokenizer.ts";
import { describeImported } from "../lib/format/imported.ts";
import { readModel } from "./host.ts";
import { printJson } from "./output.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";

export const INSPECT: Command = {
  name: "inspect",
  summary: "Shows a model file's header, shapes and number of parameters.",
  operands: ["FILE"],
  options: { json: JSON_OPTION },
  example: "inspect sort.tinygpt",
  run: inspect,
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
