// baselines: computes what the muted rows of the boards show, from the registered benchmarks.

import { computeBaselines } from "../lib/benchmarks/baselines.ts";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { utf8 } from "../lib/bytes.ts";
import { type Arguments, type Command, JSON_OPTION, THREADS_OPTION } from "./command.ts";
import { assertWritable, loadData, openEngine, writeWhole } from "./host.ts";
import { note, printJson } from "./output.ts";

export const BASELINES: Command = {
  name: "baselines",
  summary:
    "Computes the baselines of every benchmark: chance and byte n-grams. The boards show data/baselines.json.",
  operands: [],
  options: {
    out: { type: "string", value: "FILE", help: "where to write them, for example the file above" },
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: "baselines --out data/baselines.json",
  run: baselines,
};

async function baselines(args: Arguments): Promise<void> {
  const out = args.required("out");
  await assertWritable(out);
  const { math } = await openEngine(args);
  const computed = await computeBaselines(BENCHMARKS, loadData, {
    math,
    onBenchmark: ({ id, version }) => note(`${id}@${version} …`),
  });
  const file = { smoothing: "Witten–Bell, interpolated", baselines: computed };
  await writeWhole(out, [utf8(`${JSON.stringify(file, null, 2)}\n`)]);
  if (args.flag("json")) return printJson({ file: out, ...file });
  for (const { benchmark, version, text, chance, ngrams } of computed) {
    console.log(`${benchmark}@${version}, n-grams of ${text.name}: chance ${chance}`);
    for (const { order, strings, score } of ngrams) {
      console.log(`  order ${order}  ${score.toFixed(4)}  ${strings} strings`);
    }
  }
}
