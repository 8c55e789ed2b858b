// Runs one job as an operating-system process with the least permissions, and sees to its end.

import { TextLineStream } from "./lines.ts";
import { jobErrorSchema } from "../lib/jobs/protocol.ts";
import {
  ERROR_FILE,
  type JobError,
  type JobMessage,
  jobMessageSchema,
  type ProcessResult,
  processResultSchema,
  RESULT_FILE,
} from "./job_protocol.ts";

export interface ChildOptions {
  /** Absolute path of the folder, the only place the process may write; it reads our source too. */
  folder: string;
  /** The program: workers/job_process.ts, or another that keeps its protocol. */
  program: URL;
  v8Flags: readonly string[];
  /** Another program in its place, which has none of Deno's permissions to ask for. */
  command?: readonly string[];
  /** The one library the process may load; null for none. */
  library: string | null;
  memoryBytes: number;
  timeoutMs: number;
  onMessage: (message: JobMessage) => void;
  /** Kills the process. */
  signal: AbortSignal;
  /** Of which the process gets what Deno needs to find its cache; by default that of this process. */
  environment?: Record<string, string>;
}

export type ChildOutcome =
  | { ended: "result"; result: ProcessResult }
  | { ended: "error"; error: JobError }
  /** Killed from outside, out of memory, or crashed: nothing was said. */
  | { ended: "killed"; reason: string }
  | { ended: "timeout" }
  | { ended: "aborted" };

/**
 * What a compute thread is made of: a worker's modules are read under the process's permissions.
 * A comma would name two other places; without leave to read there is one thread.
 */
const THREAD_SOURCES = ["../lib/", "./"]
  .map((path) => decodeURIComponent(new URL(path, import.meta.url).pathname))
  .filter((path) => !path.includes(","));

/** Far more than any job says; one that never stops would keep us busy for hours. */
const MOST_OUTPUT_BYTES = 32 * 1024 ** 2;
/** Characters of a line: those of a completion, each as an escape of six. */
const MOST_LINE = 150_000;
/** Characters of a reason. */
const MOST_WORDS = 5000;

const LOCK = decodeURIComponent(new URL("../deno.lock", import.meta.url).pathname);

/** Never rejects for what the process does; only when it cannot be started at all. */
export async function runChild(options: ChildOptions): Promise<ChildOutcome> {
  const child = spawn(options);
  let end: ChildOutcome | null = null;
  const kill = (why: ChildOutcome) => {
    end ??= why;
    killGroup(child);
  };
  const timer = setTimeout(() => kill({ ended: "timeout" }), options.timeoutMs);
  const abort = () => kill({ ended: "aborted" });
  const tooMuch = () =>
    kill({ ended: "killed", reason: `The process said more than ${MOST_OUTPUT_BYTES} bytes` });
  options.signal.addEventListener("abort", abort);
  if (options.signal.aborted) abort();
  try {
    const errors = collectTail(child.stderr.pipeThrough(atMost(MOST_OUTPUT_BYTES, tooMuch)));
    const output = child.stdout.pipeThrough(atMost(MOST_OUTPUT_BYTES, tooMuch));
    await readMessages(output, options.onMessage);
    const status = await child.status;
    const said = await readOutcome(options.folder);
    if (said !== null) return said;
    return end ?? { ended: "killed", reason: describeExit(status, await errors) };
  } finally {
    clearTimeout(timer);
    killGroup(child);
    options.signal.removeEventListener("abort", abort);
    await child.stdin.close().catch(() => {});
  }
}

function spawn(options: ChildOptions) {
  const { folder, memoryBytes, timeoutMs } = options;
  const program = options.command ?? denoCommand(options);
  const [command, ...args] = [...limits(memoryBytes, timeoutMs), ...program];
  return new Deno.Command(command, {
    args,
    cwd: folder,
    clearEnv: true,
    env: launcherEnvironment(options.environment ?? Deno.env.toObject()),
    // A process group of its own: what ends it ends whatever it may have started.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function denoCommand({ folder, program, v8Flags, library, memoryBytes }: ChildOptions): string[] {
  const heapMb = Math.floor(memoryBytes / 1024 ** 2 / 2);
  return [
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--no-remote",
    "--cached-only",
    // Without the lock, packages would be looked up anew, and in a new cache not found.
    `--lock=${LOCK}`,
    "--frozen",
    "--no-check",
    "--quiet",
    // The folder is the working directory. By name, a comma in it would name two other places.
    `--allow-read=${[".", ...THREAD_SOURCES]}`,
    "--allow-write=.",
    ...(library === null || library.includes(",") ? [] : [`--allow-ffi=${library}`]),
    "--deny-import",
    `--v8-flags=${[`--max-old-space-size=${heapMb}`, ...v8Flags].join(",")}`,
    program.href,
    folder,
  ];
}

/** Each of these replaces itself by the command after it, so the process keeps one id. */
function limits(memoryBytes: number, timeoutMs: number): string[] {
  const words: string[] = [];
  if (exists("/usr/bin/nice")) words.push("/usr/bin/nice", "-n", "10");
  if (exists("/usr/bin/prlimit")) {
    // Every compute thread spends CPU time, so the limit is far above the time on the clock.
    const cpuSeconds = Math.ceil(timeoutMs / 1000) * 2 * navigator.hardwareConcurrency;
    words.push("/usr/bin/prlimit", `--data=${memoryBytes}`, `--cpu=${cpuSeconds}`);
    // A checkpoint of the largest model is below its memory.
    words.push(`--fsize=${memoryBytes}`, "--core=0", "--nofile=256", "--");
  }
  return words;
}

/** Only what Deno itself needs to find its cache; the program may not read the environment. */
function launcherEnvironment(own: Record<string, string>): Record<string, string> {
  const needed = ["DENO_DIR", "HOME", "XDG_CACHE_HOME"].filter((name) => own[name] !== undefined);
  return {
    ...{ NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    ...Object.fromEntries(needed.map((name) => [name, own[name]])),
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Drops what goes beyond `maxBytes`, and tells of it. */
function atMost(maxBytes: number, exceeded: () => void): TransformStream<Uint8Array, Uint8Array> {
  let left = maxBytes;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left >= 0) controller.enqueue(chunk);
      else exceeded();
    },
  });
}

async function readMessages(
  stdout: ReadableStream<Uint8Array>,
  onMessage: (message: JobMessage) => void,
): Promise<void> {
  for await (const line of stdout.pipeThrough(new TextLineStream(MOST_LINE))) {
    const message = jobMessageSchema.safeParse(parseJson(line));
    onMessage(message.success ? message.data : { type: "log", line: line.slice(0, 2000) });
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

async function readOutcome(folder: string): Promise<ChildOutcome | null> {
  const result = await readJson(`${folder}/${RESULT_FILE}`);
  if (result !== null) {
    const parsed = processResultSchema.safeParse(result);
    if (parsed.success) return { ended: "result", result: parsed.data };
    const reason = `The result is malformed: ${parsed.error.message}`.slice(0, MOST_WORDS);
    return { ended: "killed", reason };
  }
  const error = jobErrorSchema.safeParse(await readJson(`${folder}/${ERROR_FILE}`));
  return error.success ? { ended: "error", error: error.data } : null;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The last lines of stderr: a crash says why at the end. */
async function collectTail(stream: ReadableStream<Uint8Array>): Promise<string> {
  const lines: string[] = [];
  for await (const line of stream.pipeThrough(new TextLineStream(1000))) {
    lines.push(line);
    if (lines.length > 10) lines.shift();
  }
  return lines.join("\n");
}

function describeExit(status: Deno.CommandStatus, errors: string): string {
  const how = status.signal === null
    ? `ended with code ${status.code}`
    : `was killed by ${status.signal}`;
  return `The process ${how}${errors === "" ? "" : `: ${errors}`}`.slice(0, MOST_WORDS);
}

function killGroup({ pid }: Deno.ChildProcess): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself in the meantime.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
