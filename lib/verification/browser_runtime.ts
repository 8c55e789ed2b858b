// Which JavaScript engine and processor a browser says it has. It tells, so it is a claim.

import type { VerifierInfo } from "./types.ts";

/** Chromium's own answer; other browsers have none. */
interface AgentData {
  getHighEntropyValues(names: string[]): Promise<{ architecture?: string; bitness?: string }>;
}

const FAMILIES: [pattern: RegExp, family: VerifierInfo["engineFamily"], engine: string][] = [
  [/Firefox\/(\d+)/, "spidermonkey", "SpiderMonkey"],
  [/Chrome\/(\d+)/, "v8", "V8"],
  [/Version\/(\d+)[\d.]* .*Safari/, "javascriptcore", "JavaScriptCore"],
];

/** For example "Firefox 140 (SpiderMonkey)"; a browser that is not known counts as V8. */
export function runtimeOf(agent: string): Pick<VerifierInfo, "runtime" | "engineFamily"> {
  for (const [pattern, engineFamily, engine] of FAMILIES) {
    const version = pattern.exec(agent)?.[1];
    if (version === undefined) continue;
    const name = engineFamily === "javascriptcore" ? "Safari" : pattern.source.split("\\")[0];
    return { runtime: `${name} ${version} (${engine})`, engineFamily };
  }
  return { runtime: "a browser that is not known", engineFamily: "v8" };
}

/** What is read of a `navigator`. */
export interface Agent {
  userAgent: string;
  userAgentData?: AgentData;
}

/** "x86_64", "aarch64" or "unknown". */
export async function isaOf({ userAgent, userAgentData }: Agent): Promise<string> {
  const told = await userAgentData?.getHighEntropyValues(["architecture", "bitness"])
    .catch(() => undefined);
  if (told?.architecture === "x86" && told.bitness === "64") return "x86_64";
  if (told?.architecture === "arm" && told.bitness === "64") return "aarch64";
  // A Mac calls itself an Intel one whatever it is.
  if (/Macintosh/.test(userAgent)) return "unknown";
  if (/x86_64|x64|Win64|amd64/i.test(userAgent)) return "x86_64";
  return /aarch64|arm64/i.test(userAgent) ? "aarch64" : "unknown";
}
