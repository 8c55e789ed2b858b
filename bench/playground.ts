// How long the page of the playground keeps its main thread while a model trains, and how true its
// estimate is. Chromium; a server of its own.

import { launchBrowser } from "../tests/support/browser.ts";
import { startServer } from "../tests/support/server.ts";

declare global {
  var longTasks: string[];
}

/** As Chromium's tracing tells. Times in microseconds; `tdur` is time of the processor. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

const dir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
const server = await startServer(`${dir}/var`, { TINYPROOF_SWEEP: "off" });
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(`${server.url}/playground`);
  await page.locator("[data-playground=ready]").waitFor();
  await page.locator(".preset").first().hover();
  await page.locator("[data-estimate-ms]").waitFor();
  const estimateMs = await page.locator("[data-estimate-ms]").getAttribute("data-estimate-ms");
  await page.evaluate(() => {
    globalThis.longTasks = [];
    const startMs = performance.now();
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        globalThis.longTasks.push(`${duration} ms at ${Math.round(startTime - startMs)} ms`);
      }
    }).observe({ type: "longtask" });
  });
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  await page.getByRole("button", { name: "Train it in this tab" }).click();
  await page.locator("[data-training=training]").waitFor();
  const startMs = performance.now();
  await page.locator("[data-training=finished]").waitFor();
  const tookMs = performance.now() - startMs;
  const longTasks = await page.evaluate(() => globalThis.longTasks);
  const tasks = mainThreadTasks(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
  console.log(`estimated ${estimateMs} ms, took ${Math.round(tookMs)} ms`);
  console.log(`${longTasks.length} tasks over 50 ms of wall time ${longTasks.join(", ")}`);
  console.log(
    `longest of ${tasks.length} tasks by the processor's time: ${
      tasks.slice(0, 5).map((us) => (us / 1000).toFixed(1)).join(", ")
    } ms`,
  );
} finally {
  await browser.close();
  await server.stop();
  await Deno.remove(dir, { recursive: true });
}

/** Processor time of every task of the renderers' main threads, the longest first. */
function mainThreadTasks(events: TraceEvent[]): number[] {
  const key = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mains = new Set(
    events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(key),
  );
  return events.filter((event) => event.tdur !== undefined && mains.has(key(event)))
    .map(({ tdur }) => tdur!).sort((a, b) => b - a);
}
