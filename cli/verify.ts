// verify: replays a file's recipe and prints the verdict.

import {
  combineVerifications,
  CONFIRM_V8_FLAGS,
  foundByNative,
  replaceNative,
} from "../lib/verification/combine.ts";
import { replayLimitsFromEnv } from "../lib/config.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import { verificationResultSchema } from "../lib/verification/result_schema.ts";
import { verifyFile } from "../lib/verification/verify.ts";
import {
  type Arguments,
  type Command,
  CORPUS_OPTION,
  JSON_OPTION,
  NATIVE_OPTION,
  THREADS_OPTION,
} from "./command.ts";
import { describeVerifier } from "../workers/verifier.ts";
import { openData, openEngineWith, readModel } from "./host.ts";
import { duration, note, printJson, ProgressBar } from "./output.ts";

export const VERIFY: Command = {
  name: "verify",
  summary:
    "Trains a model file's recipe again and compares every checkpoint and every weight, bit for\n" +
    "bit. A mismatch is replayed a second time by V8's baseline compiler before it counts.",
  operands: ["FILE"],
  options: {
    "corpus-file": CORPUS_OPTION,
    threads: THREADS_OPTION,
    native: NATIVE_OPTION,
    json: JSON_OPTION,
    once: { type: "boolean", help: "the second replay alone; with --json its whole result" },
  },
  example: "verify sort.tinygpt",
  run: verify,
};

async function verify(args: Arguments): Promise<void> {
  const json = args.flag("json"), once = args.flag("once");
  let first = await replay(args, {
    flags: once ? CONFIRM_V8_FLAGS : [],
    native: args.flag("native") && !once,
  });
  if (json && once) return printJson(first);
  if (first.verdict === "mismatch" && foundByNative(first)) {
    note("The claim differs. Replaying with WebAssembly, whose word counts …");
    first = replaceNative(first, await replay(args, { flags: [], native: false }));
  }
  const result = first.verdict === "mismatch" && !once
    ? combineVerifications(first, await confirm(args, first.verifiers[0].threads))
    : first;
  const { verdict, firstDivergentStep, recipeHash } = result;
  if (json) return printJson({ verdict, firstDivergentStep, recipeHash });
  console.log(
    `${verdict}${firstDivergentStep === null ? "" : `, first at step ${firstDivergentStep}`}`,
  );
  for (const reason of result.reasons) console.log(reason);
  console.log(`recipe ${recipeHash ?? "none"}, ${result.leavesCompared} checkpoints compared`);
}

async function replay(
  args: Arguments,
  { flags, native }: { flags: string[]; native: boolean },
): Promise<VerificationResult> {
  const limits = replayLimitsFromEnv(Deno.env.toObject());
  const file = await readModel(args.positionals[0]);
  const data = await openData(args);
  const opened = await openEngineWith(args, { native });
  const { engine } = opened;
  const bar = new ProgressBar(args.flag("json"));
  const startMs = performance.now();
  const result = await verifyFile({
    file,
    engine,
    ...data,
    claimedScores: [],
    budgetFlops: limits.flops,
    budgetBytes: limits.memoryBytes,
    verifier: describeVerifier(opened, flags),
    nowMs: () => performance.now(),
    onProgress: ({ stage, fraction, step }) => {
      const leftMs = (performance.now() - startMs) * (1 / Math.max(fraction, 1e-9) - 1);
      bar.update(fraction, `${stage}, step ${step}, ${duration(leftMs)} left`);
    },
  });
  bar.end();
  engine.close();
  return result;
}

/** The same replay in a process of its own, with other V8 flags. */
async function confirm(args: Arguments, threads: number): Promise<VerificationResult> {
  note("The claim differs. Replaying once more with V8's baseline compiler …");
  const corpusFile = args.text("corpus-file");
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--v8-flags=${CONFIRM_V8_FLAGS.join(",")}`,
      new URL("../cli.ts", import.meta.url).href,
      "verify",
      args.positionals[0],
      ...(corpusFile === undefined ? [] : [`--corpus-file=${corpusFile}`]),
      "--json",
      "--once",
      `--threads=${threads}`,
    ],
    stdout: "piped",
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error("The second replay ended without a result");
  return verificationResultSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
}
