// Finds and starts the browsers that tests drive. Knows nothing of what is tested.

import { type Browser, chromium, type Page } from "playwright-core";
import puppeteer, { type Browser as DrivenBrowser, type Page as DrivenPage } from "puppeteer-core";
import { fromUtf8 } from "../../lib/bytes.ts";
import { QUIET_PREFERENCES } from "../../workers/other_engine/firefox.ts";
import { madeOnce } from "./made_once.ts";

export { openInFirefox } from "../../workers/other_engine/firefox.ts";

const ROOT = new URL("../../", import.meta.url);

const CHROMIUM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Sixty megabytes: named here and not in deno.json, so that only who needs it downloads it. */
const PACKAGED_CHROMIUM = "npm:@sparticuz/chromium@153.0.0";

const FIREFOX_PATHS = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  "--no-first-run",
  "--no-proxy-server",
];

/**
 * A Chromium without window: the installed one, else the one that comes with a package. `flags` are
 * added to its command line.
 */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const { path, args } = await findChromium();
  return chromium.launch({ executablePath: path, headless: true, args: [...args, ...flags] });
}

/** Adds to `problems` what goes wrong in the scripts of a page, as it comes. */
export function noteProblems(page: Page, problems: string[]): void {
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
}

/** Drivers start Chromium with these, and pages in the background then work on as no visitor's do. */
const UNLIKE_A_VISITORS = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/**
 * Chromium, or Debian's Firefox over WebDriver BiDi, which playwright has no hand in: both with the
 * same driver, and with pages in the background as visitors have them. @throws {Error} when Firefox is not installed.
 */
export async function launchDriven(browser: "chrome" | "firefox"): Promise<DrivenBrowser> {
  if (browser === "chrome") {
    const { path, args } = await findChromium();
    const common = { browser, executablePath: path, headless: true, args };
    return await puppeteer.launch({ ...common, ignoreDefaultArgs: UNLIKE_A_VISITORS });
  }
  const path = await findFirefox();
  if (path === null) throw new Error("Firefox is not installed (apt: firefox-esr)");
  return await puppeteer.launch({
    browser,
    executablePath: path,
    headless: true,
    env: { ...Deno.env.toObject(), MOZ_DISABLE_CONTENT_SANDBOX: "1" },
    extraPrefsFirefox: QUIET_PREFERENCES,
  });
}

/** Puts a page behind another one, as visitors do; what it gives brings the page back. */
export async function putBehind(page: DrivenPage): Promise<() => Promise<void>> {
  const front = await page.browser().newPage();
  await front.bringToFront();
  // The packaged Chromium has each page in a window of its own, so that one is put away.
  const apart = await page.evaluate(() => document.visibilityState === "visible");
  const setWindow = async (windowState: "minimized" | "normal") => {
    const session = await page.createCDPSession();
    const { windowId } = await session.send("Browser.getWindowForTarget");
    await session.send("Browser.setWindowBounds", { windowId, bounds: { windowState } });
    await session.detach();
  };
  if (apart) await setWindow("minimized");
  return async () => {
    if (apart) await setWindow("normal");
    await front.close();
    await page.bringToFront();
  };
}

async function findChromium(): Promise<{ path: string; args: string[] }> {
  const named = Deno.env.get("CHROMIUM_PATH");
  const path = named || await firstExisting(CHROMIUM_PATHS);
  if (path) return { path, args: CHROMIUM_FLAGS };
  return { path: await unpackedChromium(), args: CHROMIUM_FLAGS };
}

/**
 * Once for all processes: the package takes a file that another one is still writing for whole. Its
 * own flags are for pages without isolation, threads and passkeys.
 */
async function unpackedChromium(): Promise<string> {
  const unpack = "console.log(await (await import(Deno.args[0])).default.executablePath())";
  const directory = await madeOnce(
    "chromium",
    PACKAGED_CHROMIUM.split("@").at(-1)!,
    async (temporary) => {
      const made = `${temporary}/browser`;
      await Deno.mkdir(made);
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["eval", unpack, PACKAGED_CHROMIUM],
        cwd: ROOT,
        env: { TMPDIR: made, NO_COLOR: "1" },
      }).output();
      if (!success) throw new Error(`Chromium was not unpacked: ${fromUtf8(stderr)}`);
      return made;
    },
  );
  return `${directory}/chromium`;
}

async function firstExisting(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** Path of an installed Firefox, or null. */
export function findFirefox(): Promise<string | null> {
  return firstExisting(FIREFOX_PATHS);
}
