// `cli worker` as a process of its own, as on another machine.

import { TextLineStream } from "../../workers/lines.ts";

const ROOT = new URL("../../", import.meta.url);

export interface WorkerProcess {
  /** Resolves with the first line that matches. */
  says(pattern: RegExp): Promise<string>;
  kill(signal: Deno.Signal): Promise<Deno.CommandStatus>;
  pid: number;
}

/**
 * @param options `directory` for its jobs; `kinds` as `--kinds` takes them.
 */
export function startWorkerProcess(
  { url, directory, kinds, key }: {
    url: string;
    directory: string;
    kinds: string;
    key: { authorization: string };
  },
): WorkerProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli.ts", "worker", "--server", url, "--data", directory]
      .concat(["--kinds", kinds, "--threads", "1"]),
    cwd: ROOT,
    env: { TINYPROOF_KEY: key.authorization.replace("Bearer ", ""), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  (async () => {
    for await (const line of child.stderr.pipeThrough(new TextLineStream(1000))) {
      lines.push(line);
      for (const look of waiting) look();
    }
    ended = true;
    for (const look of waiting) look();
  })();
  return {
    pid: child.pid,
    says(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = () => {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) resolve(found);
        else if (ended) reject(new Error(`The worker ended: ${lines.join("\n")}`));
      };
      waiting.add(look);
      look();
      return promise.finally(() => waiting.delete(look));
    },
    async kill(signal) {
      child.kill(signal);
      return await child.status;
    },
  };
}
