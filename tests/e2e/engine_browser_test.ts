import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { canonicalDigest } from "../../prove/engines/digests.ts";
import { servePage } from "../../prove/engines/page.ts";
import { FIREFOX_TIERS } from "../../prove/engines/runtimes.ts";
import golden from "../golden/digests.json" with { type: "json" };
import { findFirefox, launchBrowser, openInFirefox } from "../support/browser.ts";
import { engineBinary } from "../support/engine.ts";

const PATIENCE_MS = 60_000;

const firefox = await findFirefox();
const binary = await engineBinary();
const expected = {
  digests: [{
    engine: await sha256Hex(binary),
    threads: 2,
    selfTest: SELF_TEST_DIGEST,
    golden: await canonicalDigest(golden),
  }],
};

describe("the engine in a browser's worker, with a second thread in another", () => {
  it("gives Chromium the digests of Deno", async () => {
    await using page = await servePage(binary, [2]);
    const browser = await launchBrowser();
    try {
      const tab = await browser.newPage();
      await tab.goto(page.url);
      assert.deepEqual(await page.outcome(PATIENCE_MS), expected);
    } finally {
      await browser.close();
    }
  });

  for (const [tier, preferences] of FIREFOX_TIERS) {
    it(`gives Firefox (${tier}) the digests of Deno`, { ignore: firefox === null }, async () => {
      await using page = await servePage(binary, [2]);
      await using _window = await openInFirefox(firefox!, page.url, preferences);
      assert.deepEqual(await page.outcome(PATIENCE_MS), expected);
    });
  }
});
