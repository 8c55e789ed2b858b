import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  formatProbability,
  piecesOf,
  tokenLabel,
  tokenWords,
} from "../../components/playground/token_text.ts";
import { utf8 } from "../../lib/bytes.ts";

const bytes = (text: string) => [...utf8(text)];

describe("a token as people read it", () => {
  const cases: [number[], label: string, words: string][] = [
    [bytes("cat"), "cat", "cat"],
    [bytes(" the"), "␣the", "space the"],
    [bytes("\n"), "↵", "new line"],
    [bytes("a\t"), "a⇥", "atab"],
    [bytes("é"), "é", "é"],
    [[0xe2, 0x80], "E2 80", "E2 80"],
    [[0x07], "07", "07"],
  ];
  for (const [token, label, words] of cases) {
    it(`is ${JSON.stringify(label)} for [${token}]`, () => {
      assert.equal(tokenLabel(token), label);
      assert.equal(tokenWords(token), words);
    });
  }
});

describe("the pieces of a text", () => {
  /** "a", the three bytes of "€" in two tokens, "b". */
  const tokens = [bytes("a"), [0xe2, 0x82], [0xac], bytes("b")].map((bytes) => ({ bytes }));

  it("show a character with the token that finishes it", () => {
    assert.deepEqual(piecesOf(tokens, true), [
      { text: "a", token: 0 },
      { text: "€", token: 2 },
      { text: "b", token: 3 },
    ]);
  });

  it("wait for the rest of a character while the text grows, and show what is missing at its end", () => {
    const begun = tokens.slice(0, 2);
    assert.deepEqual(piecesOf(begun, false), [{ text: "a", token: 0 }]);
    assert.deepEqual(piecesOf(begun, true), [{ text: "a", token: 0 }, {
      text: "\ufffd",
      token: 1,
    }]);
  });
});

describe("a probability", () => {
  it("has a decimal, none at one, and no false zero", () => {
    const texts = [0.0314, 1, 0.9999, 0.001, 0.00001, 0].map(formatProbability);
    const thin = "\u202f%";
    assert.deepEqual(
      texts.map((text) => text.replace(thin, "")),
      ["3.1", "100", "100", "0.1", "< 0.1", "< 0.1"],
    );
  });
});
