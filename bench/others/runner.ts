// Engines in processes of their own: a Chromium each, or a Deno. Knows nothing of what is measured.

import { fileURLToPath } from "node:url";
import { launchBrowser } from "../../tests/support/browser.ts";
import type { Answers, Question } from "./contender.ts";

/** An engine that waits for questions; disposing ends its process. */
export interface Runner extends AsyncDisposable {
  ask<Q extends Question>(question: Q): Promise<Answers[Q["ask"]]>;
  /** Processor seconds used so far by all of the engine's processes and threads. */
  processorSeconds(): Promise<number>;
}

/** In a browser of its own. @param pageUrl the site's page with the worker to start. */
export async function inChromium(pageUrl: string): Promise<Runner> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(pageUrl);
    const system = await browser.newBrowserCDPSession();
    return {
      // deno-lint-ignore no-explicit-any
      ask: (question) => page.evaluate((q) => (globalThis as any).ask(q), question),
      async processorSeconds() {
        const { processInfo } = await system.send("SystemInfo.getProcessInfo");
        return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
      },
      [Symbol.asyncDispose]: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** In a Deno of its own. @param script relative to this file. */
export function inDeno(script: string): Runner {
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--config", path("deno.json"), path(script)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = lines(child.stdout);
  const runner: Runner = {
    async ask(question) {
      await input.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
      const { done, value } = await output.next();
      if (done) throw new Error(`${script} ended before it answered "${question.ask}"`);
      return JSON.parse(value).value;
    },
    processorSeconds: () => runner.ask({ ask: "processor time" }),
    async [Symbol.asyncDispose]() {
      await input.close().catch(() => {});
      await child.status;
    },
  };
  return runner;
}

async function* lines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
