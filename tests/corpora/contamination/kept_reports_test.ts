import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { scanTargets } from "../../../lib/benchmarks/evaluation_texts.ts";
import { BENCHMARKS } from "../../../lib/benchmarks/registry.ts";
import { keptScanFile } from "../../../lib/corpora/apply.ts";
import { scanCorpus, scanReportSchema } from "../../../lib/corpora/contamination/report.ts";
import { CORPORA } from "../../../lib/corpora/registry.ts";

const load = (file: string) => Deno.readFile(new URL(`../../../data/${file}`, import.meta.url));
const targets = await scanTargets(BENCHMARKS, load);
const keyOf = (target: { benchmark: string; version: number; dataDigest: string }) =>
  `${target.benchmark}@${target.version}:${target.dataDigest}`;

describe("the reports kept beside the registered corpora", () => {
  for (const corpus of CORPORA) {
    it(`is what a scan of ${corpus.id} finds, and nothing in what is trained on`, async () => {
      const text = new TextDecoder().decode(await load(keptScanFile(corpus.id)));
      const kept = scanReportSchema.parse(JSON.parse(text));
      assert.equal(kept.corpus, corpus.sha256);
      // A benchmark registered since is scanned for when a server starts.
      const known = new Set(kept.parts[0].targets.map(keyOf));
      const covered = targets.filter((target) => known.has(keyOf(target)));
      assert.equal(
        covered.length,
        known.size,
        `Run: deno task cli corpus scan ${corpus.id} --out …`,
      );
      const bytes = await load(corpus.file);
      const fresh = await scanCorpus(
        corpus,
        covered,
        (start, end) => [bytes.subarray(start, end)],
      );
      const byKey = (parts: typeof kept.parts) =>
        parts.map(({ targets, ...part }) => ({
          ...part,
          targets: targets.toSorted((a, b) => keyOf(a) < keyOf(b) ? -1 : 1),
        }));
      assert.deepEqual({ ...kept, parts: byKey(kept.parts) }, {
        ...fresh,
        parts: byKey(fresh.parts),
      });
      assert.deepEqual(kept.parts[0].targets.filter(({ contaminated }) => contaminated), []);
    });
  }
});
