// Scores, writes, looks inside and trains again in a browser tab, in a worker: the same engine,
// benchmarks and replay as the server.

import type { BenchmarkModel } from "../lib/benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { type ProbeResult, runProbes } from "../lib/benchmarks/probes.ts";
import { findBenchmark } from "../lib/benchmarks/registry.ts";
import { runBenchmarks } from "../lib/benchmarks/run.ts";
import type { Engine, InferenceModel } from "../lib/engine/engine.ts";
import { openTested } from "../lib/engine/instantiate.ts";
import { TinyproofError } from "../lib/errors.ts";
import { modelDigest } from "../lib/format/digest.ts";
import { readTinygpt, type TinygptFile } from "../lib/format/read.ts";
import type { TabReply, TabRequest } from "./score_protocol.ts";

/** Beside this file, once both are bundled. */
const THREAD_URL = new URL("./compute_thread_browser.js", import.meta.url);
/** The rest of the machine has other things to do. */
const MOST_TAB_THREADS = 8;
/** Progress is posted at most this often. */
const PROGRESS_MS = 100;

interface Loaded {
  engine: Engine;
  selfTestDigest: string;
  file: TinygptFile;
  inference: InferenceModel;
  model: BenchmarkModel;
  /** A file of this site, by its path on the server. */
  fetchPath(path: string): Promise<Uint8Array>;
  probe(): Promise<ProbeResult[]>;
}

let loaded: Promise<Loaded> | null = null;
/** Requests are served one after the other: the engine has one memory. */
let queue: Promise<void> = Promise.resolve();

const reply = (message: TabReply) => postMessage(message);

addEventListener("message", (event: MessageEvent<TabRequest>) => {
  queue = queue.then(() => serve(event.data)).catch((error) => {
    const fix = error instanceof TinyproofError ? error.problem.fix ?? null : null;
    reply({ type: "error", message: String(error?.message ?? error), fix });
  });
});

async function serve(request: TabRequest): Promise<void> {
  const startMs = performance.now();
  if (request.type === "load") {
    loaded = load(request);
    await loaded;
  } else {
    if (loaded === null) throw new Error("No model is loaded");
    const ready = await loaded;
    if (request.type === "score") await score(ready, request);
    else if (request.type === "replay") await replay(ready, request);
    else await open(ready, request);
  }
  reply({ type: "done", wallMs: performance.now() - startMs });
}

async function load(
  { engineUrl, file: source, siteUrl }: Extract<TabRequest, { type: "load" }>,
): Promise<Loaded> {
  progress("loading the engine", 0, null);
  const binary = await fetchBytes(engineUrl);
  progress("testing the engine", 0.1, null);
  const { engine, selfTestDigest } = await openEngine(binary);
  progress("fetching the model", 0.2, null);
  const file = readTinygpt(
    typeof source === "string"
      ? await fetchBytes(source)
      : new Uint8Array(await source.arrayBuffer()),
  );
  progress("reading the model", 0.8, null);
  const inference = await engine.loadModel(file.config, file.weights);
  reply({
    type: "loaded",
    engineDigest: engine.digest,
    modelDigest: await modelDigest(file.config, file.weights, file.tokenizer),
    parameters: file.weights.length,
  });
  return {
    ...{ engine, selfTestDigest, file, inference },
    model: createBenchmarkModel(inference, engine.math, file.tokenizer),
    fetchPath: (path) => fetchBytes(new URL(path.slice(1), siteUrl).href),
    probe: () => runProbes(inference, engine.math),
  };
}

function openEngine(binary: Uint8Array): Promise<{ engine: Engine; selfTestDigest: string }> {
  return openTested(binary, {
    threads: Math.min(navigator.hardwareConcurrency, MOST_TAB_THREADS),
    spawn: () => new Worker(THREAD_URL, { type: "module" }),
  });
}

async function score(
  { model, fetchPath, probe }: Loaded,
  { benchmarks }: Extract<TabRequest, { type: "score" }>,
): Promise<void> {
  const wanted = benchmarks.flatMap(({ id, version }) => findBenchmark(id, version) ?? []);
  const total = wanted.reduce((sum, { approxSeconds }) => sum + approxSeconds, 0);
  progress("probing the model", 0, null);
  reply({ type: "probes", probes: await probe() });
  const startMs = performance.now();
  let before = 0;
  let lastMs = 0;
  for (const benchmark of wanted) {
    const [outcome] = await runBenchmarks(
      model,
      [benchmark],
      (file) => fetchPath(`/data/${file}`),
      {
        nowMs: () => performance.now(),
        onProgress: ({ fraction }) => {
          const nowMs = performance.now();
          if (nowMs - lastMs < PROGRESS_MS) return;
          lastMs = nowMs;
          const overall = (before + fraction * benchmark.approxSeconds) / total;
          const etaMs = overall > 0.02 ? (nowMs - startMs) * (1 / overall - 1) : null;
          progress(`scoring ${benchmark.name}`, overall, etaMs);
        },
      },
    );
    before += benchmark.approxSeconds;
    reply({
      type: "score",
      id: benchmark.id,
      version: benchmark.version,
      score: outcome.result?.score ?? null,
      reason: outcome.incompatibleReason,
      wallMs: outcome.wallMs,
      examples: outcome.result?.examples ?? [],
    });
  }
}

async function replay(
  { engine, selfTestDigest, ...loaded }: Loaded,
  request: Extract<TabRequest, { type: "replay" }>,
): Promise<void> {
  // Most visitors never train: this is a script of its own.
  const { replayInTab } = await import("./replay_tab.ts");
  const startMs = performance.now();
  let lastMs = 0;
  const replayed = await replayInTab({
    ...loaded,
    tested: { engine, selfTestDigest },
    open: openEngine,
    onStage: (stage) => progress(stage, 0, null),
    onProgress: ({ stage, fraction, step }) => {
      const nowMs = performance.now();
      if (nowMs - lastMs < PROGRESS_MS) return;
      lastMs = nowMs;
      const etaMs = fraction > 0.005 ? (nowMs - startMs) * (1 / fraction - 1) : null;
      if (stage === "replaying") progress(`training step ${step}`, fraction, etaMs);
      else progress("scoring the trained model", fraction, null);
    },
  }, request);
  reply({ type: "replayed", ...replayed });
}

async function open(
  { engine, file, inference, model }: Loaded,
  request: Extract<TabRequest, { type: "generate" | "look" }>,
): Promise<void> {
  const opened = { math: engine.math, file, inference, model, reply };
  if (request.type === "look") {
    progress("looking inside", 0.9, null);
    const { lookInTab } = await import("./look_tab.ts");
    return await lookInTab(opened, request);
  }
  progress("writing", 0.9, null);
  const { writeInTab } = await import("./write_tab.ts");
  await writeInTab(opened, request);
}

function progress(stage: string, fraction: number, etaMs: number | null): void {
  reply({ type: "progress", stage, fraction, etaMs });
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
