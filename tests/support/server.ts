// The real server as a process of its own, on a free port and a data directory of the test.

import program from "../../deno.json" with { type: "json" };
import { copyDirectory } from "../../lib/storage/snapshot.ts";
import { TextLineStream } from "../../workers/lines.ts";
import { embeddedDirectory } from "./embedded_directory.ts";

const ROOT = new URL("../../", import.meta.url);

export interface TestServer {
  url: string;
  pid: number;
  /** The first group of the first match in what it prints, before now or later. */
  said(pattern: RegExp): Promise<string>;
  /** Everything it has printed, once it has ended. */
  output(): Promise<string>;
  /** How it ended. */
  ended: Promise<Deno.CommandStatus>;
  signal(signal: Deno.Signal): void;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/**
 * `deno task start`; resolves when the address is printed. What it writes to stderr is ours, too.
 * @param options `bare`: on a directory as a new user has it. Otherwise an empty database is put
 *   there first, which saves the five seconds of processor time that making it takes.
 */
export async function startServer(
  dataDir: string,
  env: Record<string, string> = {},
  { bare = false } = {},
): Promise<TestServer> {
  if (!bare && env.DATABASE_URL === undefined) await putDatabase(dataDir);
  const settings = {
    PORT: "0",
    TINYPROOF_DATA: dataDir,
    TINYPROOF_GALLERY: "off",
    TINYPROOF_SECOND_ENGINE: "off",
    TINYPROOF_SEED_AUDITS: "off",
  };
  // The words of the task, without "deno".
  const words = program.tasks.start.split(" ").slice(1);
  return startProgram(words, { ...settings, ...env });
}

async function putDatabase(dataDir: string): Promise<void> {
  const directory = `${dataDir}/pglite`;
  const exists = await Deno.stat(directory).then(() => true, () => false);
  if (exists) return;
  await Deno.mkdir(dataDir, { recursive: true, mode: 0o700 });
  await copyDirectory(await embeddedDirectory({ migrated: true }), directory);
}

async function startProgram(
  args: string[],
  env: Record<string, string>,
): Promise<TestServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextLineStream(10_000)).getReader();
  const url = await addressIn(lines);
  const output = follow(lines);
  const ended = output.ended.then(() => child.status);
  const end = async (signal: Deno.Signal) => {
    child.kill(signal);
    await ended;
  };
  return {
    ...{ url, ended },
    pid: child.pid,
    said: output.said,
    output: () => output.ended,
    signal: (signal) => child.kill(signal),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

async function addressIn(lines: ReadableStreamDefaultReader<string>): Promise<string> {
  const said: string[] = [];
  while (true) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`The server ended before it listened:\n${said.join("\n")}`);
    said.push(value);
    const address = /http:\/\/localhost:\d+/.exec(value)?.[0];
    if (address) return address;
  }
}

/** Reads on to the end, so that the server never waits for its output to be read. */
function follow(lines: ReadableStreamDefaultReader<string>) {
  let text = "", over = false;
  let more = Promise.withResolvers<void>();
  const read = async () => {
    for (;;) {
      const { value, done } = await lines.read();
      text += `${value ?? ""}\n`;
      over = done;
      more.resolve();
      if (done) return text;
      more = Promise.withResolvers();
    }
  };
  return {
    ended: read(),
    async said(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found[1];
        if (over) throw new Error(`The server never said ${pattern}:\n${text}`);
        await more.promise;
      }
    },
  };
}

/** Process ids of the job processes that a server or a worker has started. */
export async function jobProcesses(starter: { pid: number }): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = await Deno.readTextFile(`/proc/${name}/status`).catch(() => "");
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    if (parent === starter.pid && command.includes("job_process.ts")) found.push(Number(name));
  }
  return found;
}
