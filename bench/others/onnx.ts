// onnxruntime-web in the comparison: WebAssembly backend, with a thread per core.

import * as ort from "onnxruntime-web/wasm";
import type { ModelConfig } from "../../lib/format/config.ts";
import { type Contender, type InferenceRun, serve } from "./contender.ts";
import { cacheNames } from "./onnx_file.ts";

/** As many windows at a time as ours. */
const WINDOWS_PER_GROUP = 16;

type Feeds = Record<string, ort.Tensor>;

function ids(values: ArrayLike<number>, dims: number[]): ort.Tensor {
  return new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
}

function emptyCache({ layers, heads, dModel }: ModelConfig, batch: number): Feeds {
  const feeds: Feeds = {};
  for (let i = 0; i < layers; i++) {
    const { pastKey, pastValue } = cacheNames(i);
    for (const name of [pastKey, pastValue]) {
      feeds[name] = new ort.Tensor("float32", new Float32Array(0), [
        batch,
        heads,
        0,
        dModel / heads,
      ]);
    }
  }
  return feeds;
}

/** What one run leaves, as the next run takes it. */
function nextCache({ layers }: ModelConfig, outputs: ort.InferenceSession.OnnxValueMapType): Feeds {
  const feeds: Feeds = {};
  for (let i = 0; i < layers; i++) {
    const { pastKey, pastValue, key, value } = cacheNames(i);
    feeds[pastKey] = outputs[key] as ort.Tensor;
    feeds[pastValue] = outputs[value] as ort.Tensor;
  }
  return feeds;
}

function positions(from: number, count: number): ort.Tensor {
  return ids(Array.from({ length: count }, (_, i) => from + i), [count]);
}

function logProbability(logits: Float32Array, target: number): number {
  const top = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return logits[target] - top - Math.log(total);
}

function largest(logits: Float32Array): number {
  return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
}

/** Windows of equal length in one batch. */
async function scoreBatch(
  session: ort.InferenceSession,
  config: ModelConfig,
  windows: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const batch = windows.length, n = windows[0].length - 1, V = config.vocabSize;
  const tokens = ids(windows.flatMap((window) => [...window.subarray(0, n)]), [batch, n]);
  const feeds = { tokens, positions: positions(0, n), ...emptyCache(config, batch) };
  const logits = (await session.run(feeds, ["logits"])).logits.data as Float32Array;
  return windows.map((window, row) =>
    Float32Array.from({ length: n }, (_, i) => {
      const at = (row * n + i) * V;
      return -logProbability(logits.subarray(at, at + V), window[i + 1]);
    })
  );
}

function inference(session: ort.InferenceSession, config: ModelConfig): InferenceRun {
  const V = config.vocabSize;
  return {
    async score(windows) {
      const scored: Float32Array[] = [];
      for (let from = 0; from < windows.length; from += WINDOWS_PER_GROUP) {
        const group = windows.slice(from, from + WINDOWS_PER_GROUP);
        scored.push(...await scoreBatch(session, config, group));
      }
      return scored;
    },
    async generate(prompt, count) {
      const made: number[] = [];
      let last: ArrayLike<number> = prompt, at = 0, cache = emptyCache(config, 1);
      while (made.length < count) {
        const n = last.length;
        const feeds = { tokens: ids(last, [1, n]), positions: positions(at, n), ...cache };
        const outputs = await session.run(feeds);
        const logits = outputs.logits.data as Float32Array;
        made.push(largest(logits.subarray((n - 1) * V)));
        cache = nextCache(config, outputs);
        last = made.slice(-1);
        at += n;
      }
      return made;
    },
  };
}

const onnx: Contender = {
  async infer({ config, onnxUrl }) {
    ort.env.wasm.wasmPaths = new URL("/packages/onnx/", onnxUrl).href;
    ort.env.wasm.numThreads = navigator.hardwareConcurrency;
    return inference(await ort.InferenceSession.create(onnxUrl), config);
  },
};

serve(onnx);
