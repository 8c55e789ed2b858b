import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runtimeOf } from "../../lib/verification/browser_runtime.ts";

const AGENTS: [agent: string, runtime: string, family: string][] = [
  [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Firefox 140 (SpiderMonkey)",
    "spidermonkey",
  ],
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Chrome 156 (V8)",
    "v8",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Safari 18 (JavaScriptCore)",
    "javascriptcore",
  ],
  ["Nobody/1.0", "a browser that is not known", "v8"],
];

describe("what a tab says of itself", () => {
  for (const [agent, runtime, engineFamily] of AGENTS) {
    it(`is ${runtime}`, () => assert.deepEqual(runtimeOf(agent), { runtime, engineFamily }));
  }
});
