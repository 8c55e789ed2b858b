// generate: continues a prompt.

import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { fromUtf8, toHex, utf8 } from "../lib/bytes.ts";
import { type Arguments, type Command, JSON_OPTION, THREADS_OPTION } from "./command.ts";
import { openModel } from "./host.ts";
import { ByteOutput, printJson } from "./output.ts";

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
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: 'generate stories.tinygpt --prompt "Once upon a time" --bytes 200 --temperature 0.8',
  run: generate,
};

async function generate(args: Arguments): Promise<void> {
  const prompt = utf8(args.required("prompt"));
  const whole = { min: 0, integer: true };
  const options = {
    maxBytes: args.number("bytes", 200, { ...whole, max: 1_000_000 }),
    temperature: args.number("temperature", 0, { min: 0, max: 100 }),
    topK: args.number("top-k", 0, { ...whole, max: 1_000_000 }),
    topP: args.number("top-p", 1, { min: 0, max: 1 }),
    seed: args.number("seed", 0, { ...whole, max: Number.MAX_SAFE_INTEGER }),
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
