// Which engine a tab replays a recipe on. The same code as in a browser's worker, without the browser.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import { openTested } from "../../lib/engine/instantiate.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { parseChain } from "../../lib/verification/chain.ts";
import { confirmedVerdict } from "../../lib/verification/confirmed_scope.ts";
import { firstFalseOpening } from "../../lib/verification/confirmation_schema.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import type { VerificationResult } from "../../lib/verification/types.ts";
import { replayInTab, type TestedEngine } from "../../workers/replay_tab.ts";
import { engineBinary } from "../support/engine.ts";
import { withFlippedBit, withHeader } from "../support/model_files.ts";
import { EMPTY_MODULE, withNote } from "../support/other_engines.ts";
import { keptState } from "../support/spot_checks.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { type TrainedRun, trainRun } from "../support/trained_entry.ts";

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

  describe("that replays one segment", () => {
    let run: TrainedRun;
    beforeAll(async () => {
      run = await trainRun(tested.engine, tinyRecipe({ steps: 24, checkpointInterval: 4 }));
    });

    /** The replay from leaf `from` to leaf `to`, where the board gives these bytes as its state. */
    async function part(
      { from, to, file = run.file }: { from: number; to: number; file?: Uint8Array },
      state: Uint8Array | null,
    ) {
      const seen: number[] = [];
      const replayed = await replayInTab({
        ...{ tested, open: openTested, file: readTinygpt(file) },
        fetchPath: (path) =>
          path === "/states/x.tinygpt" && state
            ? Promise.resolve(state)
            : Promise.reject(new Error(`${path} answered 404`)),
        onStage: () => {},
        onProgress: ({ fraction }) => void seen.push(fraction),
      }, {
        ...{ type: "replay", claimedScores: [] },
        segment: { from, to, state: from === 0 ? null : "/states/x.tinygpt" },
      });
      return { ...replayed, seen };
    }

    it("says that this part is equal, and shows that it had its states", async () => {
      const middle = await part({ from: 2, to: 4 }, await keptState(run, run, 2));
      assert.deepEqual([middle.result.verdict, middle.result.leavesCompared], ["sampled", 2]);
      assert.equal(confirmedVerdict(middle.result), "exact");
      assert.deepEqual([middle.seen.at(-1), middle.openings.length], [1, 3]);
      const { recipe, chain } = readTinygpt(run.file);
      assert.equal(
        firstFalseOpening(parseRecipe(recipe), parseChain(chain), middle.openings, 2),
        -1,
      );
      // Leaf by leaf in its place: the openings of one part are none of another.
      assert.equal(
        firstFalseOpening(parseRecipe(recipe), parseChain(chain), middle.openings, 1),
        1,
      );
      const first = await part({ from: 0, to: 2 }, null);
      assert.deepEqual([first.result.verdict, first.openings.length], ["sampled", 3]);
      const last = await part({ from: 4, to: 6 }, await keptState(run, run, 4));
      assert.deepEqual([last.result.verdict, last.result.segment], ["exact", { from: 4, to: 6 }]);
    });

    it("refuses a state that is not the one of the file's leaf", async () => {
      const good = await keptState(run, run, 2);
      const bent = withFlippedBit(good, 100);
      // The header may claim whatever leaves it likes.
      const forged = await keptState(run, {
        states: run.states.map(({ leaves }) => ({ ...run.states[3], leaves })),
      }, 2);
      const other = await keptState(run, run, 4);
      for (const state of [bent, forged, other]) {
        await assert.rejects(part({ from: 2, to: 4 }, state), {
          name: "IntegrityError",
          message: "The state that was given is not the one of this run",
        });
      }
      await assert.rejects(part({ from: 2, to: 4 }, good.subarray(0, 99)), {
        name: "IntegrityError",
        message: /cannot be read/,
      });
      await assert.rejects(part({ from: 2, to: 4 }, null), {
        name: "NotFoundError",
        message: /answered 404/,
      });
    });

    it("names the step where the part differs from the file", async () => {
      const { chain } = readTinygpt(run.file);
      const leaves = [...parseChain(chain).leaves];
      leaves[3] = "ab".repeat(32);
      const file = withHeader(run.file, (header) => {
        (header.chain as { leaves: string[] }).leaves = leaves;
      });
      const { result, openings } = await part(
        { from: 2, to: 4, file },
        await keptState(run, run, 2),
      );
      assert.deepEqual([result.verdict, result.firstDivergentStep], ["mismatch", 12]);
      assert.equal(openings.length, 1);
    });
  });
});
