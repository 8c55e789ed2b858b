// A preset trained in a tab of Chromium for a while: whether speed and memory hold, how true the
// estimate is, what a reload in the middle costs, and how large the file is that would be sent.
// A server of its own. The run is the preset's with fewer steps, so that it comes to its end.

import { parseArgs } from "node:util";
import { valueAt, withValueAt } from "../lib/playground/draft.ts";
import { launchDriven } from "../tests/support/browser.ts";
import { DrivenTab } from "../tests/support/driven_tab.ts";
import { startServer } from "../tests/support/server.ts";
import { memoryOf } from "./browser_memory.ts";

const MIB = 1024 ** 2;
/** The page and the memory are looked at this often. */
const LOOK_MS = 3000;

/** Prints how a run gets on. */
class Watch {
  /** Most bytes seen so far. */
  most = 0;
  readonly #pid: number;
  readonly #startMs = performance.now();

  /** @param pid of the browser. */
  constructor(pid: number) {
    this.#pid = pid;
  }

  async until(tab: DrivenTab, isEnough: (step: number) => boolean): Promise<void> {
    for (let last = -1;;) {
      const bytes = await memoryOf(this.#pid), step = await stepOf(tab);
      this.most = Math.max(this.most, bytes);
      if (step !== last) {
        const speed = await tab.text(".live-figures div:nth-child(3) dd");
        const at = seconds(performance.now() - this.#startMs);
        const kept = await tab.attribute("[data-training]", "data-kept");
        console.log(
          `${at}: step ${step}, kept ${kept}, ${speed} tokens/s, ${Math.round(bytes / MIB)} MiB`,
        );
      }
      if (isEnough(step)) return;
      last = step;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

const { values } = parseArgs({
  options: {
    preset: { type: "string", default: "stories-10m" },
    /** About how long it shall train. */
    seconds: { type: "string", default: "180" },
  },
});
const dir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
const server = await startServer(`${dir}/var`, { TINYPROOF_SWEEP: "off" });
const browser = await launchDriven("chrome");
try {
  const tab = new DrivenTab(await browser.newPage());
  tab.page.setDefaultTimeout(600_000);
  await tab.page.goto(`${server.url}/playground`);
  await tab.see("[data-playground=ready]");
  await tab.press("Skip the guide");
  await tab.page.hover(".preset");
  await tab.says("[data-measured]", /measured/);
  const steps = await choose(tab, values.preset, Number(values.seconds));
  console.log(`${values.preset}, ${steps} steps, estimated ${seconds(await estimate(tab))}`);
  const watch = new Watch(browser.process()!.pid!);
  await tab.press("Train it in this tab");
  await tab.see("[data-training=training]");
  await watch.until(tab, (step) => step >= steps / 2);
  const before = await stepOf(tab);
  await tab.page.reload();
  await tab.see("[data-resumed]");
  const resumed = await tab.attribute("[data-resumed]", "data-resumed");
  console.log(`a reload at step ${before} went on from step ${resumed}`);
  await watch.until(tab, (step) => step >= steps);
  await tab.see("[data-training=finished]");
  await tab.see("[data-finished]");
  const facts = await tab.text("[data-finished] .facts");
  console.log(facts.replace(/\s+/g, " "));
  console.log(`most memory of the whole browser ${Math.round(watch.most / MIB)} MiB`);
} finally {
  await browser.close();
  await server.stop();
  await Deno.remove(dir, { recursive: true });
}

/** Writes the preset's recipe with as many steps as take about that long; gives their number. */
async function choose(tab: DrivenTab, preset: string, wanted: number): Promise<number> {
  const first = await estimate(tab);
  await tab.page.click(`[data-preset=${preset}]`);
  const wholeMs = await otherEstimate(tab, first);
  const recipe = JSON.parse(
    await tab.page.$eval("#recipe-json", (it) => (it as HTMLTextAreaElement).value),
  );
  const whole = Number(valueAt(recipe, "steps"));
  console.log(`the whole preset: ${whole} steps, estimated ${seconds(wholeMs)}`);
  const steps = Math.max(4, Math.round(1000 * wanted / wholeMs * whole));
  const schedule = { name: "constant", warmupSteps: 0, minLearningRate: 0 };
  // Its dev set is due later than that.
  const short = {
    ...Object(withValueAt(recipe, "optimizer.schedule", schedule)),
    steps,
    earlyStop: undefined,
  };
  await tab.unfold("[data-recipe-part=json]");
  await tab.fill("#recipe-json", JSON.stringify(short));
  await otherEstimate(tab, wholeMs);
  return steps;
}

async function estimate(tab: DrivenTab): Promise<number> {
  return Number(await tab.attribute("[data-estimate-ms]", "data-estimate-ms"));
}

/** Once it is another one: recipes are checked beside the page. */
async function otherEstimate(tab: DrivenTab, before: number): Promise<number> {
  await tab.page.waitForFunction(
    (before) => {
      const now = document.querySelector("[data-estimate-ms]")?.getAttribute("data-estimate-ms");
      return now && now !== before;
    },
    {},
    String(before),
  );
  return await estimate(tab);
}

async function stepOf(tab: DrivenTab): Promise<number> {
  return Number(await tab.attribute("[data-training]", "data-step"));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 100_000 ? 1 : 0)} s`;
}
