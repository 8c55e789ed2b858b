import { describe, it } from "@std/testing/bdd";
import { product } from "../oracle/matrix.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSameBits, noise } from "./numbers.ts";

const bench = await kernelBench();
const { gemm, gemmPacked, gemmScratchBytes, packB, packedBytes } = bench.kernels;

const SIZES = [0, 1, 3, 4, 5, 15, 16, 17, 63, 64, 65];
/** Rows beyond a block of 128, columns beyond a panel, terms beyond a pass of 256. */
const LARGE: [number, number, number][] = [
  [129, 9, 257],
  [257, 17, 65],
  [5, 31, 511],
  [131, 8, 256],
  [4, 40, 513],
  [300, 3, 300],
];

interface Shape {
  m: number;
  n: number;
  k: number;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

function expected({ m, n, k }: Shape, a: Float32Array, b: Float32Array, start?: Float32Array) {
  return product([m, n, k], (i, t) => a[i * k + t], (t, j) => b[t * n + j], start);
}

/** The kernel's c from row-major a and b, stored as asked, in rows of n + 3 elements. */
function computed(
  { m, n, k }: Shape,
  a: Float32Array,
  b: Float32Array,
  { aColumns, bColumns, start }: { aColumns: boolean; bColumns: boolean; start?: Float32Array },
): Float32Array {
  const ldc = n + 3;
  const wide = new Float32Array(m * ldc).fill(7);
  if (start) { for (let i = 0; i < m; i++) wide.set(start.subarray(i * n, (i + 1) * n), i * ldc); }
  const out = bench.scope(() => {
    const c = bench.put(wide);
    const pa = bench.put(aColumns ? transpose(a, m, k) : a);
    const pb = bench.put(bColumns ? transpose(b, k, n) : b);
    const [ars, acs] = aColumns ? [1, m] : [k, 1];
    const [brs, bcs] = bColumns ? [1, k] : [n, 1];
    const scratch = bench.scratch(gemmScratchBytes(n, k));
    gemm(c, ldc, pa, ars, acs, pb, brs, bcs, m, n, k, start !== undefined, 0, scratch);
    return bench.take(c, m * ldc);
  });
  for (let i = 0; i < m; i++) {
    assertSameBits(out.slice(i * ldc + n, (i + 1) * ldc), new Float32Array(3).fill(7), "gap");
  }
  return Float32Array.from({ length: m * n }, (_, i) => out[Math.floor(i / n) * ldc + i % n]);
}

function checkEveryLayout(shape: Shape): void {
  const { m, n, k } = shape;
  const a = noise(m * k, 1), b = noise(k * n, 2);
  for (const start of [undefined, noise(m * n, 3).map((x) => x + 0)]) {
    const want = expected(shape, a, b, start);
    for (const aColumns of [false, true]) {
      for (const bColumns of [false, true]) {
        const got = computed(shape, a, b, { aColumns, bColumns, start });
        const what = `${m}×${n}×${k} aᵀ ${aColumns} bᵀ ${bColumns} more ${start !== undefined}`;
        assertSameBits(got, want, what);
      }
    }
  }
}

describe("gemm", () => {
  for (const k of SIZES) {
    it(`equals the oracle's folds of ${k} terms, in every transposition, begun and continued`, () => {
      for (const m of SIZES) for (const n of SIZES) checkEveryLayout({ m, n, k });
    });
  }

  it("equals the oracle beyond a block of rows and a pass of terms", () => {
    for (const [m, n, k] of LARGE) checkEveryLayout({ m, n, k });
  });

  it("gives one fold when a product is continued piece by piece", () => {
    const [m, n, k] = [7, 13, 90];
    const a = noise(m * k, 4), b = noise(k * n, 5);
    const got = bench.scope(() => {
      const c = bench.room(m * n), pa = bench.put(a), pb = bench.put(b);
      const scratch = bench.scratch(gemmScratchBytes(n, k));
      for (const [from, to] of [[0, 31], [31, 32], [32, 90]]) {
        const at = pa + 4 * from, bt = pb + 4 * from * n;
        gemm(c, n, at, k, 1, bt, n, 1, m, n, to - from, from > 0, 0, scratch);
      }
      return bench.take(c, m * n);
    });
    assertSameBits(got, expected({ m, n, k }, a, b), "continued");
  });
});

describe("gemmPacked", () => {
  it("equals the oracle for one row and for many, from both layouts of the weights", () => {
    const shapes = SIZES.flatMap((m) => [4, 12, 32, 64, 68].map((n) => [m, n, 17]));
    for (const [m, n, k] of [...shapes, ...LARGE, [1, 96, 257], [3, 64, 300], [2, 256, 8]]) {
      const a = noise(m * k, 6), b = noise(k * n, 7);
      const want = expected({ m, n, k }, a, b);
      for (const columns of [false, true]) {
        const got = bench.scope(() => {
          const c = bench.room(m * n), pa = bench.put(a);
          const pb = bench.put(columns ? transpose(b, k, n) : b);
          const packed = bench.scratch(packedBytes(k, n));
          packB(packed, pb, columns ? 1 : n, columns ? k : 1, k, n);
          gemmPacked(c, n, pa, k, packed, m, n, k, bench.scratch(gemmScratchBytes(8, 256)));
          return bench.take(c, m * n);
        });
        assertSameBits(got, want, `${m}×${n}×${k}, columns ${columns}`);
      }
    }
  });
});
