// Finds and starts the browsers that tests drive. Knows nothing of what is tested.

import { type Browser, chromium } from "playwright-core";

export { openInFirefox } from "../../workers/other_engine/firefox.ts";

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
  "--disable-background-timer-throttling",
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

async function findChromium(): Promise<{ path: string; args: string[] }> {
  const named = Deno.env.get("CHROMIUM_PATH");
  const path = named || await firstExisting(CHROMIUM_PATHS);
  if (path) return { path, args: CHROMIUM_FLAGS };
  const { default: packaged } = await import(PACKAGED_CHROMIUM);
  return {
    path: await packaged.executablePath(),
    args: [
      ...packaged.args.filter((arg: string) => !/headless|single-process|zygote/.test(arg)),
      ...CHROMIUM_FLAGS,
    ],
  };
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
