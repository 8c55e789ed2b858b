import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { scanTargets } from "../../../lib/benchmarks/evaluation_texts.ts";
import { BENCHMARKS } from "../../../lib/benchmarks/registry.ts";
import { fromUtf8, utf8 } from "../../../lib/bytes.ts";
import {
  scanCorpus,
  scanReportSchema,
  type ScanTarget,
  type TargetReport,
} from "../../../lib/corpora/contamination/report.ts";
import { GENERATORS } from "../../../lib/corpora/generators.ts";
import { CounterRandom, STREAM } from "../../../lib/corpora/philox.ts";

const load = (file: string) => Deno.readFile(new URL(`../../../data/${file}`, import.meta.url));
const targets = await scanTargets(BENCHMARKS, load);
const stories = fromUtf8(await load("corpora/tinystories-train-4m.txt")).slice(0, 60_000);

async function reportOf(
  text: string,
  { heldOut = 0, against = targets }: { heldOut?: number; against?: readonly ScanTarget[] } = {},
) {
  const bytes = utf8(text);
  const corpus = {
    sha256: "0".repeat(64),
    byteLength: bytes.length,
    trainRange: [0, bytes.length - heldOut] as const,
  };
  const report = await scanCorpus(corpus, against, (start, end) => [bytes.subarray(start, end)]);
  return scanReportSchema.parse(report);
}

const contaminated = (reports: readonly TargetReport[]) =>
  reports.filter((report) => report.contaminated).map((report) => report.benchmark);

function target(benchmark: string, version?: number): ScanTarget {
  return targets.find((target) =>
    target.benchmark === benchmark && (version === undefined || target.version === version)
  )!;
}

/** Words that stand in no evaluation text, in the middle of `text`. */
const among = (text: string, at: number) => `${stories.slice(0, at)} ${text} ${stories.slice(at)}`;

describe("the contamination report", () => {
  it("finds nothing in stories that share no passage with the evaluation", async () => {
    const { parts } = await reportOf(stories);
    assert.deepEqual(contaminated(parts[0].targets), []);
    assert.equal(parts.length, 1);
  });

  it("finds any one text of any benchmark, planted anywhere", async () => {
    const anyText = fc.constantFrom(...targets).chain((target) =>
      fc.nat(target.texts.length - 1).map((text) => ({ target, text }))
    );
    await fc.assert(
      fc.asyncProperty(anyText, fc.nat(stories.length), async ({ target, text }, at) => {
        const { parts } = await reportOf(among(target.texts[text].text, at), { against: [target] });
        const [{ findings, found }] = parts[0].targets;
        assert.ok(found >= 1);
        assert.ok(findings.some((finding) => finding.text === text && finding.start >= 0));
      }),
      { numRuns: 25 },
    );
  });

  it("finds a passage of 13 words, but not one of 12", async () => {
    const words = target("tinystories-ppl", 2).texts[3].text.split(" ");
    for (const [count, found] of [[13, ["tinystories-ppl"]], [12, []]] as const) {
      const passage = words.slice(20, 20 + count).map((word) => word.toUpperCase()).join("  \n");
      const { parts } = await reportOf(among(passage, 20_000));
      assert.deepEqual(contaminated(parts[0].targets), found);
      for (const { findings } of parts[0].targets) {
        for (const { rule, start, end } of findings) {
          assert.equal(rule, "13 words");
          const place = among(passage, 20_000).slice(start, end);
          assert.equal(place, passage.replace(/[^A-Z]+$/, ""));
        }
      }
    }
  });

  it("finds a text of which 70 % of the runs of 8 words are there, in pieces", async () => {
    const text = Array.from({ length: 17 }, (_, i) => `word${i}`).join(" ");
    const against: ScanTarget[] = [{
      ...{ benchmark: "b", version: 1, dataDigest: "" },
      texts: [{ text, leak: "passages" }],
    }];
    const piece = (from: number, count: number) =>
      text.split(" ").slice(from, from + count).join(" ");
    // 10 runs of 8 words: pieces of 12 words hold five of them.
    const seven = `${piece(0, 12)} other ${piece(5, 9)}`,
      six = `${piece(0, 12)} other ${piece(5, 8)}`;
    const rules = async (corpus: string) =>
      (await reportOf(corpus, { against })).parts[0].targets[0].findings.map(({ rule }) => rule);
    assert.deepEqual([await rules(seven), await rules(six)], [["8-grams"], []]);
  });

  it("finds a story whose words were cut otherwise", async () => {
    const spaced = [...target("tinystories-ppl", 2).texts[0].text.replaceAll(" ", "")].join(" ");
    const { parts } = await reportOf(among(spaced, 1000));
    const found = parts[0].targets.find(({ contaminated }) => contaminated)!;
    assert.deepEqual(found.findings.map(({ text, rule }) => ({ text, rule })), [
      { text: 0, rule: "run" },
    ]);
  });

  it("lets a generated task's other examples be", async () => {
    for (const { id, make } of GENERATORS) {
      const params = id === "reverse-16" ? { minLength: 4, maxLength: 16 } : {};
      const examples = Array.from({ length: 20_000 }, (_, row) => {
        const random = new CounterRandom(7, { stream: STREAM.generator, step: 1, row });
        const { prompt, answer } = make(random, params as never);
        return `${prompt}${answer}\n`;
      });
      const { parts } = await reportOf(examples.join(""), { against: [target(id)] });
      assert.deepEqual(contaminated(parts[0].targets), [], id);
      const trial = target(id).texts[199].text;
      const leaked = await reportOf(examples.join("") + trial, { against: [target(id)] });
      assert.deepEqual(contaminated(leaked.parts[0].targets), [id]);
    }
  });

  it("judges what is trained on and what is held out apart", async () => {
    const leak = target("tinystories-ppl", 2).texts[0].text;
    const { parts } = await reportOf(`${stories}\n${leak}`, { heldOut: leak.length });
    assert.deepEqual(parts.map(({ part }) => part), ["training", "held-out"]);
    assert.deepEqual(contaminated(parts[0].targets), []);
    assert.deepEqual(contaminated(parts[1].targets), ["tinystories-ppl"]);
    const { hull } = parts[1].targets.find(({ contaminated }) => contaminated)!;
    assert.equal(hull![0], utf8(stories).length + 1);
  });
});
