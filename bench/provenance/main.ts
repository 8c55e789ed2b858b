// What a proof costs: `deno task bench:provenance [--rounds N]`. Everything in turns within one run;
// ratios matter, the machine does not.

import { parseArgs } from "node:util";
import { utf8 } from "../../lib/bytes.ts";
import { canonicalJson } from "../../lib/verification/canonical.ts";
import { IN_TOTO_PAYLOAD, signEnvelope } from "../../lib/verification/dsse.ts";
import { buildStatement } from "../../lib/verification/report.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { joinSegments, leavesToKeep, segmentsOf } from "../../lib/verification/segments.ts";
import { checkReport } from "../../lib/verification/signing_key.ts";
import type { VerificationResult } from "../../lib/verification/types.ts";
import { makeKey, published } from "../../tests/verification/signing.ts";
import { machine, quantile, spread, spreadText, table } from "../report.ts";
import { benchRecipe, fileOf, open, type Opened, replay, train } from "./run.ts";
import type { SegmentReply, SegmentRequest } from "./segment_worker.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`Expected --rounds to be a whole number above 0, got ${values.rounds}`);
  Deno.exit(2);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

/** Replay ÷ training with the same threads, each round set against the training before it. */
async function replayCost(opened: Opened): Promise<number[]> {
  const recipe = benchRecipe(opened, 12);
  const file = fileOf(recipe, await train(opened, recipe));
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const training = await seconds(() => train(opened, recipe));
    ratios.push(await seconds(() => replay(opened, file)) / training);
  }
  return ratios;
}

/** Training with a leaf every step ÷ with leaves at both ends only, as a share of one leaf a dozen. */
async function chainOverhead(opened: Opened): Promise<number[]> {
  const [every, none] = [benchRecipe(opened, 1), benchRecipe(opened, 96)];
  await train(opened, none);
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const plain = await seconds(() => train(opened, none));
    const hashed = await seconds(() => train(opened, every));
    // 95 leaves more; a recipe of 96 steps with 8 leaves has 7 more than none.
    shares.push((hashed - plain) / 95 * 7 / plain);
  }
  return shares;
}

function startProcess(): Promise<Worker> {
  const { promise, resolve, reject } = Promise.withResolvers<Worker>();
  const worker = new Worker(new URL("./segment_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = () => resolve(worker);
  worker.onerror = (event) => reject(new Error(event.message));
  return promise;
}

function ask(worker: Worker, request: SegmentRequest): Promise<VerificationResult> {
  const { promise, resolve, reject } = Promise.withResolvers<VerificationResult>();
  worker.onmessage = ({ data }: MessageEvent<SegmentReply>) =>
    "result" in data ? resolve(data.result) : undefined;
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(request);
  return promise;
}

/** One process for the whole run ÷ `parts` processes with a segment each; one thread each. */
async function segmentSpeedUp(opened: Opened, parts: number): Promise<number[]> {
  const recipe = benchRecipe(opened, 12);
  const states: RunCheckpoint[] = [];
  const run = await train(opened, recipe, (_, checkpoint) => void states.push(checkpoint));
  const { tokenizer: _, ...file } = fileOf(recipe, run);
  const kept = leavesToKeep({ leafCount: run.chain.leaves.length, parameters: 1 }, parts);
  const segments = segmentsOf(run.chain.leaves.length, kept);
  const workers = await Promise.all(segments.map(startProcess));
  const request = (segment: typeof segments[number]): SegmentRequest => ({
    file: file as SegmentRequest["file"],
    segment,
    resume: segment.from === 0 ? undefined : states[segment.from],
  });
  const whole = { from: 0, to: run.chain.leaves.length - 1 };
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const alone = await seconds(() => ask(workers[0], request(whole)));
    const beside = await seconds(async () => {
      const results = await Promise.all(segments.map((part, i) => ask(workers[i], request(part))));
      const { verdict } = joinSegments(results);
      if (verdict !== "exact") throw new Error(`Expected exact, got ${verdict}`);
    });
    ratios.push(alone / beside);
  }
  workers.forEach((worker) => worker.terminate());
  return ratios;
}

/** Milliseconds to check one signed report, keys already read. */
async function reportCheckMs(opened: Opened): Promise<number[]> {
  const recipe = benchRecipe(opened, 12);
  const result = await replay(opened, fileOf(recipe, await train(opened, recipe)));
  const at = new Date().toISOString();
  const statement = buildStatement({
    ...{ result, recipe, modelDigest: "a".repeat(64), startedAt: at, finishedAt: at },
  });
  const key = await makeKey();
  const keys = [await published(key, { from: at })];
  const envelope = await signEnvelope(IN_TOTO_PAYLOAD, utf8(canonicalJson(statement)), [key]);
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    times.push(
      1000 * await seconds(async () => {
        if (!(await checkReport(envelope, keys)).valid) throw new Error("The report is not valid");
      }),
    );
  }
  return times;
}

console.log(machine());
const [one, two] = [await open(1), await open(2)];
const times = await reportCheckMs(one);
console.log(table(["what", `median (least–greatest) of ${rounds} rounds`], [
  ["replay ÷ training, 1 thread", spreadText(spread(await replayCost(one)), 3)],
  ["replay ÷ training, 2 threads", spreadText(spread(await replayCost(two)), 3)],
  [
    "chain hashing, share of training with a leaf every 12 steps",
    `${spreadText(spread((await chainOverhead(one)).map((share) => 100 * share)), 2)} %`,
  ],
  ["2 segments in 2 processes, times as fast", spreadText(spread(await segmentSpeedUp(one, 2)), 2)],
  [
    "checking a signed report, of 200",
    `${quantile(times, 0.5).toFixed(2)} ms, the slowest ${Math.max(...times).toFixed(2)} ms`,
  ],
]));
one.engine.close();
two.engine.close();
