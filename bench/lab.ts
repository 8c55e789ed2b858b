// Speed of the lab: importing a study, its pages, and scoring by keys in Chromium, on the real server
// and the published study. `deno task bench:lab [--quick]`

import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { importStudy, readFolder } from "../lib/lab/import_study.ts";
import { readStudy } from "../lib/lab/tinyscalelab/read.ts";
import { configFromEnv, createServices } from "../lib/services.ts";
import { launchBrowser } from "../tests/support/browser.ts";
import { startServer } from "../tests/support/server.ts";
import { machine, quantile, spread, spreadText, table } from "./report.ts";

const FOLDER = new URL("../data/lab/tinyscalelab/", import.meta.url);
/** The gallery would be scored meanwhile. */
const ENV = { TINYPROOF_GALLERY: "off", TINYPROOF_JOBS: "0" };

interface Plan {
  imports: number;
  views: number;
  keys: number;
  changes: number;
}

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const PLAN: Plan = values.quick
  ? { imports: 1, views: 5, keys: 30, changes: 1 }
  : { imports: 3, views: 40, keys: 300, changes: 8 };

interface Imported {
  dataDir: string;
  setId: string;
  promptSetId: string;
  wallMs: number;
}

/** The files into an empty database, which stays for the server. */
async function importFiles(): Promise<Imported> {
  const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-bench-lab-" });
  const services = await createServices(configFromEnv({ ...ENV, TINYPROOF_DATA: dataDir }));
  try {
    const startMs = performance.now();
    const study = readStudy(await readFolder(FOLDER));
    const { set } = await importStudy(services.db, study, { accountId: null, at: new Date() });
    const wallMs = performance.now() - startMs;
    return { dataDir, setId: set.id, promptSetId: set.promptSetId!, wallMs };
  } finally {
    await services.close();
  }
}

async function viewMs(address: string): Promise<number> {
  const startMs = performance.now();
  const response = await fetch(address);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return performance.now() - startMs;
}

/** The first view, and those after it, one after another. */
async function measurePage(address: string): Promise<{ first: number; later: number[] }> {
  const first = await viewMs(address);
  const later: number[] = [];
  for (let i = 0; i < PLAN.views; i++) later.push(await viewMs(address));
  return { first, later };
}

interface KeyTime {
  ms: number;
  /** The key finished a completion, and the next one came. */
  isNext: boolean;
}

/** Of each key from its event to the frame in which what it did is painted. */
async function measureKeys(page: Page): Promise<KeyTime[]> {
  await page.evaluate(watchKeys);
  for (let i = 0; i < PLAN.keys; i++) {
    await page.keyboard.press("jkl"[i % 3]);
    await page.waitForFunction((count) => Reflect.get(self, "keyTimes").length === count, i + 1);
  }
  return await page.evaluate(() => Reflect.get(self, "keyTimes"));
}

/** Runs in the page. */
function watchKeys(): void {
  const times: KeyTime[] = [];
  Reflect.set(self, "keyTimes", times);
  const head = () => document.querySelector<HTMLElement>(".score-head p")!.innerText;
  let pressed: { atMs: number; head: string } | null = null;
  const painted = () => {
    if (pressed === null) return;
    const { atMs, head: before } = pressed;
    pressed = null;
    // The task after the frame's own: then it has been painted.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () =>
        times.push({ ms: performance.now() - atMs, isNext: head() !== before });
      channel.port2.postMessage(null);
    });
  };
  addEventListener("keydown", (event) => {
    pressed = { atMs: event.timeStamp, head: head() };
  }, true);
  const options = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(painted).observe(document.querySelector(".scoring")!, options);
}

/** The analysis after a further score, each time. */
async function measureChanges(page: Page, address: string): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < PLAN.changes; i++) {
    const answered = page.waitForResponse((response) => response.url().endsWith("/answers"));
    await page.keyboard.press("k");
    await answered;
    times.push(await viewMs(address));
  }
  return times;
}

async function beginScoring(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel("Your name").fill("Bench");
  await page.getByLabel("Shown twice").fill("0");
  await page.getByRole("button", { name: "Begin" }).click();
  await page.locator('[data-scoring="ready"]').waitFor();
}

function timesText(times: readonly number[]): string[] {
  return [0.5, 0.95, 1].map((p) => quantile(times, p).toFixed(1));
}

async function measureServer(url: string, { setId, promptSetId }: Imported): Promise<void> {
  const set = `/lab/sets/${setId}`;
  const pages = [
    ...["/lab", "/lab/prompt-sets", `/lab/prompt-sets/${promptSetId}`, "/lab/reviews", set],
    ...[`${set}/items`, `${set}/analysis`, `/api/v1${set}/analysis`, `${set}/score`],
    "/lab/studies/tinyscalelab",
  ];
  const rows: string[][] = [];
  for (const path of pages) {
    const { first, later } = await measurePage(url + path);
    rows.push([path.replace(setId, "ID").replace(promptSetId, "ID"), first.toFixed(0)]
      .concat(timesText(later)));
  }
  console.log(table(["page", "first, ms", "p50", "p95", "max"], rows));
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await beginScoring(page, `${url}${set}/score`);
    const keys = await measureKeys(page);
    const next = keys.filter(({ isNext }) => isNext);
    const row = (name: string, times: readonly KeyTime[]) => [
      ...[name, String(times.length), ...timesText(times.map(({ ms }) => ms))],
    ];
    const body = [row("every key", keys), row("the next completion", next)];
    console.log(table(["from key to paint, ms", "keys", "p50", "p95", "max"], body));
    const changed = await measureChanges(page, `${url}${set}/analysis`);
    console.log(`analysis after a further score: ${spreadText(spread(changed))} ms`);
  } finally {
    await browser.close();
  }
}

console.log(machine());
const imports: Imported[] = [];
for (let i = 0; i < PLAN.imports; i++) imports.push(await importFiles());
console.log(`import: ${spreadText(spread(imports.map(({ wallMs }) => wallMs)))} ms`);
const server = await startServer(imports[0].dataDir, ENV);
try {
  await measureServer(server.url, imports[0]);
} finally {
  await server.stop();
  for (const { dataDir } of imports) await Deno.remove(dataDir, { recursive: true });
}
