// generate: continues a prompt.

import { ValidationError } from "../lib/errors.ts";
import { fromUtf8, toHex, utf8 } from "../lib/bytes.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { openEngine, readModel } from "./host.ts";
import { printJson } from "./output.ts";

export const GENERATE: Command = {
  name: "generate",
  summary:
    "Continues a prompt. The same file, prompt, options and seed give the same bytes anywhere.",
  operands: ["FILE"],
  options: {
    prompt: { type: "string", value: "TEXT", help: "what to continue; required" },
    bytes: { type: "string", value: "N", help: "bytes to generate (200)" },
    temperature: { type: "string", value: "T", help: "0 is greedy (0)" },
    "top-k": { type: "string", value: "K", help: "keep the K likeliest bytes; 0 keeps all (0)" },
    "top-p": {
      type: "string",
      value: "P",
      help: "keep the likeliest that reach P; 1 keeps all (1)",
    },
    seed: { type: "string", value: "S", help: "seed of the draws (0)" },
    json: JSON_OPTION,
  },
  example: 'generate stories.tinygpt --prompt "Once upon a time" --bytes 200 --temperature 0.8',
  run: generate,
};

async function generate(args: Arguments): Promise<void> {
  const prompt = args.text("prompt");
  if (prompt === undefined || prompt === "") {
    throw new ValidationError("Expected --prompt TEXT of at least one byte", {
      fix: "See: deno task cli generate --help",
    });
  }
  const whole = { min: 0, integer: true };
  const options = {
    maxTokens: args.number("bytes", 200, { ...whole, max: 1_000_000 }),
    temperature: args.number("temperature", 0, { min: 0, max: 100 }),
    topK: args.number("top-k", 0, { ...whole, max: 1_000_000 }),
    topP: args.number("top-p", 1, { min: 0, max: 1 }),
    seed: args.number("seed", 0, { ...whole, max: Number.MAX_SAFE_INTEGER }),
  };
  const file = await readModel(args.positionals[0]);
  const engine = await openEngine();
  const model = await engine.loadModel(file.config, file.weights);
  const json = args.flag("json");
  if (!json) Deno.stdout.writeSync(utf8(prompt));
  const onToken = (_: number, token: number) => void Deno.stdout.writeSync(Uint8Array.of(token));
  const [tokens] = await model.generate([utf8(prompt)], {
    ...options,
    ...(json ? {} : { onToken }),
  });
  const bytes = Uint8Array.from(tokens);
  if (json) printJson({ text: fromUtf8(bytes), bytes: toHex(bytes) });
  else console.log();
}
