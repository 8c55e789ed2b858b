// Which engine a tab replays a recipe on. The same code as in a browser's worker, without the browser.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import { openTested } from "../../lib/engine/instantiate.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { VerificationResult } from "../../lib/verification/types.ts";
import { replayInTab, type TestedEngine } from "../../workers/replay_tab.ts";
import { engineBinary } from "../support/engine.ts";
import { EMPTY_MODULE, withNote } from "../support/other_engines.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainRun } from "../support/trained_entry.ts";

describe("a tab", () => {
  let tested: TestedEngine;
  let present: string;
  beforeAll(async () => {
    tested = await openTested(await engineBinary());
    present = tested.engine.digest;
  });
  afterAll(() => tested.engine.close());

  /** The replay of a run that names engine `named`, on a board that serves `kept` as that engine. */
  async function replayed(
    named: string,
    kept: Uint8Array<ArrayBuffer> | null,
  ): Promise<{ result: VerificationResult; asked: string[]; openings: number }> {
    const { file } = await trainRun({ ...tested.engine, digest: named }, tinyRecipe({ steps: 12 }));
    const asked: string[] = [];
    const { result, openings } = await replayInTab({
      ...{ tested, open: openTested, file: readTinygpt(file) },
      fetchPath(path) {
        asked.push(path);
        return kept ? Promise.resolve(kept) : Promise.reject(new Error(`${path} answered 404`));
      },
      onStage: () => {},
      onProgress: () => {},
    }, { type: "replay", claimedScores: [] });
    return { result, asked, openings: openings.length };
  }

  it("asks for no other engine when the recipe names the present one", async () => {
    const { result, asked } = await replayed(present, null);
    assert.deepEqual([result.verdict, result.engineDigest, asked], ["exact", present, []]);
  });

  it("replays on the engine that the recipe names, where the board keeps it", async () => {
    const old = withNote(await engineBinary(), "an older build");
    const digest = await sha256Hex(old);
    const { result, asked, openings } = await replayed(digest, old);
    assert.deepEqual([result.verdict, result.engineDigest, result.reasons], ["exact", digest, []]);
    assert.deepEqual(asked, [`/engines/${digest}.wasm`]);
    assert.equal(openings, result.leavesCompared);
    // The present one was left open, for what the page asks next.
    assert.equal(await tested.engine.selfTest(), tested.selfTestDigest);
  });

  it("takes the present one in its place only where both are known to give the same bits", async () => {
    const [oldest] = CONFORMING_ENGINES;
    const { result, openings } = await replayed(oldest, null);
    assert.deepEqual([result.verdict, result.engineDigest], ["exact", present]);
    assert.match(result.reasons[0], /could not be used: it could not be fetched: .* answered 404/);
    assert.ok(openings > 0);
    const damaged = await replayed(oldest, EMPTY_MODULE);
    assert.equal(damaged.result.verdict, "exact");
    assert.match(damaged.result.reasons[0], /It came with other bytes than those of its digest/);

    const unfit = await replayed(await sha256Hex(EMPTY_MODULE), EMPTY_MODULE);
    assert.deepEqual([unfit.result.verdict, unfit.openings], ["not-reproducible", 0]);
    assert.match(unfit.result.reasons[0], /is not at hand \(It does not fit this program/);
  });
});
