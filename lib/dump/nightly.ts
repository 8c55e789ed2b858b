// A copy of the board every night, made by the server itself while it goes on answering.

import { log } from "../operating/log.ts";
import { type Dump, makeDump } from "./dump.ts";
import type { AppConfig } from "../config.ts";
import { applicationSource, type Pause, type Source } from "./source.ts";

export interface NightlyOptions {
  /** Holds the copies, each under its time, and `latest`, which leads to the newest. */
  folder: string;
  /** Hour of the day, UTC. */
  hour: number;
  url?: URL;
  files?: boolean;
  /** Asked for when a copy begins: by then the application answers. */
  source: () => Source;
  now?: () => Date;
  /** How often to look whether it is time. */
  checkMs?: number;
  pause?: Pause;
  onDone?: (dump: Dump, name: string) => void;
  onError?: (error: unknown) => void;
}

export interface NightlyDump {
  /** Makes a copy when it is time; resolves when it is made, or at once. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

const LATEST = "latest";
const NAME = /^\d{4}-\d\d-\d\dT\d{6}Z$/;
/** What a killed server left behind. */
const UNFINISHED = /^\.static-copy-/;
/** The one before stays for who is reading in it. */
const KEPT = 2;
const HOUR_MS = 3_600_000;
/** Of a step: others get at least as much time as the copy. */
const MOST_PAUSE_MS = 1000;

/** As the settings say; null where they say nothing of it. `handler` is asked for each night. */
export function nightlyDump(
  { dumpDir, dumpHour, dumpFiles, dumpUrl, origin, port }: AppConfig,
  handler: () => Parameters<typeof applicationSource>[0],
): NightlyDump | null {
  if (dumpDir === undefined) return null;
  return startNightlyDump({
    ...{ folder: dumpDir, hour: dumpHour, files: dumpFiles, url: dumpUrl },
    source: () => applicationSource(handler(), origin ?? `http://localhost:${port}`),
    onDone: ({ pages, files, missing }, name) =>
      log.info(
        `Static copy ${name}: ${pages} pages, ${files} files, ${missing.length} without answer`,
      ),
  });
}

/** Looks every minute. A copy that was missed, or failed, is made up for. */
export function startNightlyDump(options: NightlyOptions): NightlyDump {
  const { now = () => new Date(), checkMs = 60_000, onError = console.error } = options;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let notBeforeMs = -Infinity;

  async function work(): Promise<void> {
    try {
      const time = now();
      if (time.getTime() < notBeforeMs || !await isDue(options, time)) return;
      await makeOne(options, time, stopping.signal);
    } catch (error) {
      if (stopping.signal.aborted) return;
      notBeforeMs = now().getTime() + HOUR_MS;
      onError(error);
    }
  }
  const check = () => running ??= work().finally(() => running = null);
  // Not at once: the application is still being put together.
  const timer = setInterval(check, checkMs);

  return {
    check,
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

/** Whether the hour has come since the last copy. */
async function isDue({ folder, hour }: NightlyOptions, now: Date): Promise<boolean> {
  const mark = new Date(now);
  mark.setUTCHours(hour, 0, 0, 0);
  if (mark > now) mark.setUTCDate(mark.getUTCDate() - 1);
  const last = (await copies(folder)).at(-1);
  return last === undefined || last < nameOf(mark);
}

async function copies(folder: string): Promise<string[]> {
  const names: string[] = [];
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(folder)) if (NAME.test(name)) names.push(name);
  return names.sort();
}

/** "2026-11-27T030000Z": sorts by time, and is a name on every file system. */
function nameOf(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "");
}

async function makeOne(options: NightlyOptions, time: Date, signal: AbortSignal): Promise<void> {
  const { folder, url, files, pause = sleep } = options;
  await removeUnfinished(folder);
  const name = nameOf(time);
  const dump = await makeDump({
    source: options.source(),
    out: `${folder}/${name}`,
    ...{ url, files, signal },
    now: options.now,
    // The server renders one page at a time for it, and then as long none.
    parallel: 1,
    yieldTo: (elapsedMs) => pause(Math.min(elapsedMs, MOST_PAUSE_MS)),
  });
  await pointTo(folder, name);
  for (const old of (await copies(folder)).slice(0, -KEPT)) {
    await Deno.remove(`${folder}/${old}`, { recursive: true });
  }
  options.onDone?.(dump, name);
}

async function removeUnfinished(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (UNFINISHED.test(name)) await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

/** Renaming a link is one step: whoever reads by it finds the old copy or the new one. */
async function pointTo(folder: string, name: string): Promise<void> {
  const link = `${folder}/${LATEST}`;
  const next = `${link}-next`;
  await Deno.remove(next).catch(() => {});
  await Deno.symlink(name, next);
  await Deno.rename(next, link);
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
