// import: a Hugging Face model's folder as a model file.

import { NotFoundError } from "../lib/errors.ts";
import { modelDigest } from "../lib/format/digest.ts";
import { packAs, tinygptParts } from "../lib/format/write.ts";
import { importModel } from "../lib/interchange/huggingface.ts";
import { HuggingFaceTokenizer } from "../lib/tokenizers/huggingface.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { assertWritable, openBytes, readJson, writeWhole } from "./host.ts";
import { note, printJson } from "./output.ts";

/** A header holds 8 MiB, and a little is needed for the rest. */
const MOST_TOKENIZER_BYTES = 7 * 2 ** 20;
const MOST_CONFIG_BYTES = 2 ** 20;

export const IMPORT: Command = {
  name: "import",
  summary:
    "Makes a model file of a Hugging Face model: GPT-2, GPT-Neo or Llama. The folder holds\n" +
    "config.json, model.safetensors and, to be scored, tokenizer.json.",
  operands: ["FOLDER"],
  options: {
    out: { type: "string", value: "FILE", help: "the model file to write; required" },
    dtype: { type: "string", value: "fp32|fp16", help: "weights in the file (fp32)" },
    json: JSON_OPTION,
  },
  example: "import TinyStories-1M --out tinystories-1m.tinygpt",
  run: importFolder,
};

async function importFolder(args: Arguments): Promise<void> {
  const folder = args.positionals[0], out = args.required("out");
  const dtype = args.choice("dtype", ["fp32", "fp16"]) ?? "fp32";
  await assertWritable(out);
  const configJson = await readJson(`${folder}/config.json`, MOST_CONFIG_BYTES);
  using source = await openBytes(`${folder}/model.safetensors`);
  const { family, config, weights } = await importModel(configJson, source);
  const tokenizer = await readTokenizer(`${folder}/tokenizer.json`, config.vocabSize);
  const header = { origin: { format: "huggingface", modelType: family } };
  await writeWhole(out, tinygptParts({ config, step: 0, weights, dtype, tokenizer, header }));
  const held = dtype === "fp32" ? weights : packAs(weights, dtype, config);
  const digest = await modelDigest(config, held, tokenizer);
  if (args.flag("json")) return printJson({ digest, modelType: family, config });
  console.log(`${out}: ${family}, ${weights.length} parameters, model ${digest}`);
}

/** Null when there is none: such a file can be kept and exported, not scored. */
async function readTokenizer(path: string, vocabSize: number) {
  try {
    return new HuggingFaceTokenizer(await readJson(path, MOST_TOKENIZER_BYTES), vocabSize);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    note(`There is no ${path}: the model will have no tokenizer and cannot be scored.`);
    return null;
  }
}
