import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  float64Hex,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatFlops,
  formatFraction,
  formatInstant,
  formatInteger,
  formatInterval,
  formatLoss,
  formatParameters,
  formatPlace,
  formatScore,
  formatSignificant,
  shortDigest,
} from "../../components/format.ts";

/** Reads narrow no-break spaces as plain ones. */
const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("numbers as people read them", () => {
  it("groups the digits of integers", () => {
    assert.equal(plain(formatInteger(0)), "0");
    assert.equal(plain(formatInteger(999)), "999");
    assert.equal(plain(formatInteger(1234567)), "1 234 567");
    assert.equal(plain(formatInteger(-4000)), "−4 000");
  });

  it("writes parameter counts in k, M and B", () => {
    const cases: [number | null, string][] = [
      [null, "–"],
      [840, "840"],
      [1000, "1.00 k"],
      [84_200, "84.2 k"],
      [844_032, "0.84 M"],
      [9_994_999, "9.99 M"],
      [9_996_000, "10.0 M"],
      [123_456_789, "123 M"],
      [1_200_000_000, "1.20 B"],
    ];
    for (const [count, text] of cases) assert.equal(plain(formatParameters(count)), text);
  });

  it("writes FLOPs as a power of ten", () => {
    assert.equal(plain(formatFlops(1.234e15)), "1.2 × 10¹⁵");
    assert.equal(plain(formatFlops(9.96e11)), "1.0 × 10¹²");
    assert.equal(plain(formatFlops(9999)), "9 999");
    assert.equal(formatFlops(null), "–");
  });

  it("writes figures of any size with three significant digits or as a power of ten", () => {
    const cases: [number | null, string][] = [
      [null, "–"],
      [-Infinity, "–"],
      [0, "0.00"],
      [0.01234, "0.0123"],
      [6.5, "6.50"],
      [-10, "−10.0"],
      [999.6, "1 000"],
      [23674.2, "23 674"],
      [3.4e8, "3.4 × 10⁸"],
      [1.26e-7, "1.3 × 10⁻⁷"],
    ];
    for (const [value, expected] of cases) {
      assert.equal(plain(formatSignificant(value)), expected, String(value));
    }
  });

  it("gives durations at most two units and carries the rounding over", () => {
    const cases: [number | null, string][] = [
      [null, "–"],
      [-1, "–"],
      [840, "840 ms"],
      [1500, "1.5 s"],
      [12_400, "12 s"],
      [59_700, "1 min"],
      [200_000, "3 min 20 s"],
      [7_500_000, "2 h 5 min"],
      [100 * 3_600_000, "4 d 4 h"],
    ];
    for (const [ms, text] of cases) assert.equal(plain(formatDuration(ms)), text);
  });

  it("gives an age relative to the clock it is handed, and a date when old", () => {
    const now = new Date("2026-11-21T12:00:00Z");
    const ago = (ms: number) => plain(formatAge(new Date(now.getTime() - ms), now));
    assert.equal(ago(-5000), "just now");
    assert.equal(ago(59_000), "just now");
    assert.equal(ago(5 * 60_000), "5 min ago");
    assert.equal(ago(3 * 3_600_000), "3 h ago");
    assert.equal(ago(2 * 86_400_000), "2 d ago");
    assert.equal(ago(90 * 86_400_000), "2026-08-23");
    assert.equal(formatInstant(now), "2026-11-21 12:00 UTC");
  });

  it("keeps four decimals of a perplexity and one of a percentage", () => {
    assert.equal(formatScore(2.43219, "perplexity per byte"), "2.4322");
    assert.equal(plain(formatScore(99.5, "%")), "99.5 %");
    assert.equal(formatScore(null, "%"), "–");
    assert.equal(formatInterval(2.4, 2.5, "perplexity per byte"), "2.400–2.500");
    assert.equal(formatInterval(null, 1, "%"), "");
    const [huge, wide] = [116104946258.73, 135635226979.4];
    assert.equal(plain(formatScore(huge, "perplexity per byte")), "1.2 × 10¹¹");
    assert.equal(
      plain(formatInterval(9999.4, wide, "perplexity per byte")),
      "9999.400–1.4 × 10¹¹",
    );
  });

  it("shows the very bits of a score", () => {
    assert.equal(float64Hex(1), "3ff0000000000000");
    assert.equal(float64Hex(-0), "8000000000000000");
    assert.notEqual(float64Hex(0.1 + 0.2), float64Hex(0.3));
  });

  it("shortens bytes, digests and fractions", () => {
    assert.equal(plain(formatBytes(512)), "512 B");
    assert.equal(plain(formatBytes(1536)), "1.5 KiB");
    assert.equal(plain(formatBytes(3 * 1024 * 1024)), "3 MiB");
    assert.equal(plain(formatBytes(2.5 * 1024 ** 3)), "2.5 GiB");
    assert.equal(shortDigest("abcdef0123456789"), "abcdef012345");
    assert.equal(plain(formatFraction(0.4567)), "46 %");
    assert.equal(plain(formatFraction(7)), "100 %");
  });

  it("counts in words, and writes a loss so that it never reads 0", () => {
    assert.deepEqual([formatCount(1, "head"), formatCount(4, "head")], ["1 head", "4 heads"]);
    assert.deepEqual([1.31841, 0.001, 0].map(formatLoss), ["1.318", "0.001", "0.000"]);
    assert.equal(plain(formatLoss(0.000054)), "5.4 × 10⁻⁵");
  });

  it("writes places as ordinals", () => {
    const places = [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 23, 101, 111, 112].map(formatPlace);
    assert.equal(
      places.join(" "),
      "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 23rd 101st 111th 112th",
    );
  });
});
