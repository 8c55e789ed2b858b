// export: a model file as a Hugging Face model's folder.

import { utf8 } from "../lib/bytes.ts";
import { exportModel } from "../lib/interchange/huggingface.ts";
import { tokenizerJson } from "../lib/interchange/tokenizer_json.ts";
import { writeSafetensors } from "../lib/interchange/safetensors.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { makeFolder, readModel, writeWhole } from "./host.ts";
import { printJson } from "./output.ts";

export const EXPORT: Command = {
  name: "export",
  summary:
    "Makes a Hugging Face model of a model file: config.json, model.safetensors in float32 and\n" +
    "tokenizer.json. Not every shape has a kind there; docs/import-export.md lists those that do.",
  operands: ["FILE"],
  options: {
    out: { type: "string", value: "FOLDER", help: "the folder to write into; required" },
    json: JSON_OPTION,
  },
  example: "export sort.tinygpt --out sort-gpt2",
  run: exportFile,
};

async function exportFile(args: Arguments): Promise<void> {
  const out = args.required("out");
  const { config, weights, tokenizer } = await readModel(args.positionals[0]);
  const { family, configJson, tensors } = exportModel(config, weights);
  await makeFolder(out);
  await writeWhole(`${out}/config.json`, [jsonBytes(configJson)]);
  await writeWhole(`${out}/model.safetensors`, writeSafetensors(tensors, { format: "pt" }));
  const tokens = tokenizer && tokenizerJson(tokenizer);
  if (tokens) await writeWhole(`${out}/tokenizer.json`, [jsonBytes(tokens)]);
  if (args.flag("json")) return printJson({ modelType: family, tokenizer: tokens !== null });
  console.log(`${out}: ${family}, ${weights.length} parameters`);
}

function jsonBytes(value: unknown): Uint8Array {
  return utf8(`${JSON.stringify(value, null, 2)}\n`);
}
