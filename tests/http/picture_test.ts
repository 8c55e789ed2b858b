import { describe, it } from "@std/testing/bdd";
import { Resvg } from "@resvg/resvg-js";
import assert from "node:assert/strict";
import {
  type BoardCard,
  boardCard,
  type ModelCard,
  modelCard,
} from "../../components/share_cards.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import {
  fitText,
  FONT,
  pictureResponse,
  type TextLook,
  textWidth,
  TYPESETTER,
} from "../../lib/http/picture.ts";
import { escapeXml } from "../../lib/http/xml.ts";
import { below, parseXml } from "../support/xml.ts";

const LOOK: TextLook = { family: "DejaVu Serif", weight: 700, size: 54 };

/** What somebody could call a model to spoil its picture. */
const HOSTILE = [
  "W".repeat(60),
  "i".repeat(60),
  `</text><script>alert(1)</script>'"&{{7*7}}`,
  "]]><!--&lt;?xml",
  "👩‍👩‍👧‍👦".repeat(8),
  "e" + "\u0301".repeat(59),
  "שלום עולם ".repeat(6),
  "日本語モデル".repeat(10),
  "a\u0000\u0007\uFFFE\uD800b",
  "one two three four five six seven eight nine ten eleven",
  " ",
];

const model = (change: Partial<ModelCard> = {}): ModelCard => ({
  name: "Story teller",
  author: "gallery",
  status: "scored",
  provenance: "exact",
  exactCount: 2,
  modelDigest: "5a".repeat(32),
  parameters: 844_032,
  trainingFlops: 4.1e13,
  scores: [{ benchmark: TINYSTORIES_PPL_V2, score: 2.7513 }, { benchmark: SORT_6, score: 0 }],
  ...change,
});

/** Where the pictures differ in the margins of a card. */
function differencesInMargin(a: string, b: string): string[] {
  const [first, second] = [a, b].map((svg) => new Resvg(svg, { font: FONT }).render().pixels);
  const found: string[] = [];
  for (let at = 0; at < first.length; at++) {
    const [x, y] = [(at >> 2) % 1200, Math.floor(at / 4 / 1200)];
    const inMargin = x < 68 || x >= 1132 || y < 60 || y >= 590;
    if (inMargin && first[at] !== second[at]) found.push(`${x}, ${y}`);
  }
  return found;
}

/** Width and height as the header of a PNG has them. */
function sizeOf(png: Uint8Array): [number, number] {
  assert.deepEqual([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

describe("text in pictures", () => {
  it("is broken into lines that fit, whatever it says", () => {
    for (const text of HOSTILE) {
      for (const lines of [1, 2, 3]) {
        const broken = fitText(text, LOOK, 500, lines);
        assert.ok(broken.length <= lines, text);
        for (const line of broken) assert.ok(textWidth(line, LOOK) <= 500, `${text}: ${line}`);
      }
    }
  });

  it("is kept whole where there is room, and ends in … where there is not", () => {
    assert.deepEqual(fitText("Story teller", LOOK, 500), ["Story teller"]);
    assert.deepEqual(fitText("Story teller of the north", LOOK, 500, 2), [
      "Story teller of",
      "the north",
    ]);
    const [cut] = fitText("Story teller of the north", LOOK, 500);
    assert.match(cut, /^Story teller o.*…$/);
    assert.ok("Story teller of the north".startsWith(cut.slice(0, -1)));
  });

  it("is as wide as it is drawn: twice the size, twice the width", () => {
    const [one, two] = [27, 54].map((size) => textWidth("Story teller", { ...LOOK, size }));
    assert.ok(Math.abs(two / one - 2) < 0.02, `${one} ${two}`);
  });

  it("is written as XML 1.0 can have it", () => {
    assert.equal(escapeXml(`<a b="c">&`), "&lt;a b=&quot;c&quot;&gt;&amp;");
    assert.equal(escapeXml("a\u0000\u0007\uFFFEb😀"), "ab😀");
    assert.equal(escapeXml("\uD800"), "\uFFFD");
  });
});

describe("cards", () => {
  it("are well-formed SVG whatever a model or an author is called", () => {
    for (const text of HOSTILE) {
      const svg = modelCard(TYPESETTER, model({ name: text, author: text }));
      assert.equal(below(parseXml(svg), "script").length, 0);
      const row = { rank: 1, name: text, author: text, score: 100, provenance: text };
      const board: BoardCard = { benchmark: SORT_6, total: 1, rows: [row, row, row] };
      parseXml(boardCard(TYPESETTER, board));
    }
  });

  it("show the scores that say something of the model, the best first", () => {
    const words = parseXml(modelCard(TYPESETTER, model())).text;
    assert.match(words, /TinyStories perplexity/);
    assert.doesNotMatch(words, /Sort 6/);
    assert.match(words, /exact ×2/);
    const scores = [
      { benchmark: TINYSTORIES_PPL_V2, score: 200 },
      { benchmark: SORT_6, score: 99 },
    ];
    const { text } = parseXml(modelCard(TYPESETTER, model({ scores })));
    assert.ok(text.indexOf("Sort 6") < text.indexOf("TinyStories"));
  });

  it("draw no text in the margins, whatever it is", () => {
    // Shapes and the frame stay; every text is gone.
    const bare = (svg: string) => svg.replace(/<text.*?<\/text>/gs, "");
    for (const text of ["W".repeat(60), "e" + "\u0301".repeat(59), "日".repeat(60)]) {
      const svg = modelCard(TYPESETTER, model({ name: text, author: text }));
      assert.deepEqual(differencesInMargin(svg, bare(svg)), [], text);
    }
    // That is seen: the same without breaking and cutting.
    const loose = { ...TYPESETTER, fit: (text: string) => [text] };
    const svg = modelCard(loose, model({ name: "W".repeat(60) })).replaceAll(
      /clip-path="[^"]*"/g,
      "",
    );
    assert.ok(differencesInMargin(svg, bare(svg)).length > 0);
  });

  it("become PNGs of the size that is announced, made once, and 304 for who has them", async () => {
    const svg = modelCard(TYPESETTER, model());
    const request = (headers = {}) => new Request("http://board.test/og.png", { headers });
    const first = await pictureResponse(request(), svg);
    const png = new Uint8Array(await first.arrayBuffer());
    assert.deepEqual(sizeOf(png), [1200, 630]);
    assert.equal(first.headers.get("content-type"), "image/png");
    const etag = first.headers.get("etag")!;
    const again = await pictureResponse(request({ "if-none-match": etag }), svg);
    assert.equal(again.status, 304);
    const other = await pictureResponse(request(), modelCard(TYPESETTER, model({ name: "Other" })));
    assert.notEqual(other.headers.get("etag"), etag);
    assert.notDeepEqual(new Uint8Array(await other.arrayBuffer()), png);
  });
});
