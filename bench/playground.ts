// How long the page of the playground keeps its main thread while a model trains, and how true its
// estimate is. Chromium; a server of its own.

import { launchBrowser } from "../tests/support/browser.ts";
import { startServer } from "../tests/support/server.ts";

declare global {
  var longTasks: number[];
}

const dir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
const server = await startServer(`${dir}/var`, { TINYPROOF_SWEEP: "off" });
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(`${server.url}/playground`);
  await page.locator("[data-playground=ready]").waitFor();
  await page.getByRole("button", { name: "Measure this machine" }).click();
  await page.locator("[data-estimate-ms]").waitFor();
  const estimateMs = Number(
    await page.locator("[data-estimate-ms]").getAttribute("data-estimate-ms"),
  );
  await page.getByRole("button", { name: "Train it in this tab" }).click();
  await page.locator("[data-training=training]").waitFor();
  const startMs = performance.now();
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: "longtask" });
  });
  await page.locator("[data-training=finished]").waitFor();
  const tookMs = performance.now() - startMs;
  const longTasks = await page.evaluate(() => globalThis.longTasks);
  console.log(`estimated ${estimateMs} ms, took ${Math.round(tookMs)} ms`);
  console.log(`${longTasks.length} tasks over 50 ms${longTasks.length ? `: ${longTasks} ms` : ""}`);
} finally {
  await browser.close();
  await server.stop();
  await Deno.remove(dir, { recursive: true });
}
