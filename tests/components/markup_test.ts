import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { boardBody } from "../../components/board_rows.ts";
import { inside, markup } from "../../components/markup.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import type { BoardRow } from "../../lib/leaderboard/store.ts";
import { COLUMNS } from "../../lib/leaderboard/view.ts";

describe("markup", () => {
  it("escapes what is put into it, in text and in attributes, and keeps markup as it is", () => {
    const hostile = `<img src=x onerror="alert('1')">&amp;`;
    assert.equal(
      markup`<b title="${hostile}">${hostile}</b>`.text,
      '<b title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;">' +
        "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</b>",
    );
    assert.equal(markup`<p>${markup`<i>${"&"}</i>`}</p>`.text, "<p><i>&amp;</i></p>");
  });

  it("writes numbers and lists, and nothing for what is not there", () => {
    const cells = [1, 2].map((value) => markup`<td>${value}</td>`);
    assert.equal(markup`${cells}${null}${undefined}${false}${0}`.text, "<td>1</td><td>2</td>0");
    assert.deepEqual(inside(markup`a`), { dangerouslySetInnerHTML: { __html: "a" } });
  });

  it("lets no text become an element of a board's row", () => {
    const text = fc.string({ unit: "binary", maxLength: 30 })
      .map((drawn) => `${drawn}<script>"'&`.toWellFormed());
    fc.assert(fc.property(text, text, text, (name, author, entryId) => {
      const row: BoardRow = {
        ...{ entryId, name, author, modelDigest: "ab".repeat(32), rank: 1, tie: null },
        ...{ parameters: 1, score: 50, intervalLow: 40, intervalHigh: 60 },
        ...{ trainingFlops: null, trainingTokens: null, selfReportedMs: null },
        ...{ provenance: "exact", exactCount: 2, featured: true, createdAt: new Date(0) },
        ...{ incompatibleReason: null, memorised: false, twin: null },
        ...{ contaminatedBy: null, unscannedCorpus: null, tickets: 2, trainedIn: null },
      };
      const body = boardBody({
        ...{ benchmark: SORT_6, now: new Date(0), rows: [row], columns: COLUMNS },
        ...{ place: 1, baselines: [], short: false },
      }).text;
      const tags = new Set(body.match(/<[^\s>/]+/g));
      for (const tag of tags) {
        assert.ok(
          [
            "<tr",
            "<td",
            "<th",
            "<div",
            "<span",
            "<small",
            "<input",
            "<a",
            "<svg",
            "<path",
            "<circle",
            "<time",
          ].includes(tag),
          tag,
        );
      }
      // Each attribute ends where it should: what is left without them has no quotation mark.
      assert.equal(body.replace(/ [\w-]+="[^"<>]*"/g, "").includes('"'), false);
    }));
  });
});
