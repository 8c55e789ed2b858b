// Body of a job that generates a set for the lab: completes prompt after prompt by beam search.

import { requireTokenizer } from "../../lib/benchmarks/model.ts";
import { completeAll, completer } from "../../lib/lab/generate/completions.ts";
import type { Generated } from "../../lib/lab/generate/order.ts";
import type { JobContext } from "../job_protocol.ts";
import { openJobEngine, readModel } from "./host.ts";
import { modelOf } from "./replay.ts";

/** Each completion is handed over as it is done, so that another attempt goes on after it. */
export async function runGenerateJob(context: JobContext): Promise<Generated> {
  const { spec, progress, text } = context;
  const { prompts, done: before, search } = spec.generation!;
  const total = Math.max(1, before + prompts.length);
  progress("reading the file", before / total);
  const file = await modelOf({ model: await readModel(context), spec });
  const { engine } = await openJobEngine(context);
  const model = await engine.loadModel(file.config, file.weights);
  const startMs = performance.now();
  const complete = completer(model, requireTokenizer(file.tokenizer), search);
  const completions = await completeAll(prompts, complete, (done, completion) => {
    text(completion);
    const etaMs = (performance.now() - startMs) * (prompts.length - done) / done;
    progress(`completed ${before + done} of ${total} prompts`, (before + done) / total, etaMs);
  });
  engine.close();
  return { engineDigest: engine.digest, parameters: file.weights.length, completions };
}
