// Processes that are killed and started again. Knows nothing of what they do.

const ROOT = new URL("../../", import.meta.url);

export interface MemberPlan {
  name: string;
  /** Words after `deno run -A`. */
  words: string[];
  env: Record<string, string>;
  /** Appended to. */
  logFile: string;
}

/** One place in the fleet: at any time at most one process. */
export class Member {
  readonly plan: MemberPlan;
  starts = 0;
  #child: Deno.ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(plan: MemberPlan) {
    this.plan = plan;
  }

  /** A process that ends by itself is started again too, as a service manager would. */
  start(): void {
    const { words, env, logFile } = this.plan;
    const log = Deno.openSync(logFile, { create: true, append: true });
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...words],
      cwd: ROOT,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.starts++;
    this.#child = child;
    this.#ended = (async () => {
      await Promise.all([child.stdout, child.stderr].map((stream) => append(log, stream)));
      await child.status;
      log.close();
      if (this.#child === child) this.start();
    })();
  }

  /** kill -9, and at once another process in its place. */
  async killAndStart(): Promise<void> {
    await this.#end("SIGKILL");
    this.start();
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    try {
      child.kill(signal);
    } catch {
      // It ended a moment ago.
    }
    await this.#ended;
  }
}

async function append(log: Deno.FsFile, stream: ReadableStream<Uint8Array>): Promise<void> {
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) at += log.writeSync(chunk.subarray(at));
  }
}
