// Kernels of wasm/ for machines that have wider vectors, over the same memory and to the same bits.
// Names, arguments and contracts are those of wasm/*.ts; pointers are offsets from `base`.
// Compiled once for each instruction set (build.ts) without contraction of a·b + c: every product is
// rounded, then every sum. Vectors run over columns; a fold stays one fold, k ascending.

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "exact/1 needs every operation rounded by itself: build without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "exact/1 needs binary32 operations in binary32"
#endif

#define JOIN(name, set) name##_##set
#define NAME(name, set) JOIN(name, set)
/** An exported kernel: its name carries the instruction set. */
#define EXPORT(name) __attribute__((visibility("default"))) NAME(name, SET)

#define ALWAYS_INLINE static inline __attribute__((always_inline))
// Iterations may read what they write themselves, never what another one writes.
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 16")
#endif

// A tile of c: TILE_M rows × TILE_V vectors of WIDTH columns, which fill the registers together with
// one row of b, one element of a and one product.
#if defined(__AVX512F__)
#define WIDTH 16
#define TILE_M 8
#define TILE_V 2
#elif defined(__AVX__)
#define WIDTH 8
#define TILE_M 6
#define TILE_V 2
#elif defined(__aarch64__)
#define WIDTH 4
#define TILE_M 6
#define TILE_V 4
#else
#define WIDTH 4
#define TILE_M 4
#define TILE_V 2
#endif
#define TILE_N (WIDTH * TILE_V)
/** k per pass: a panel of b is at most 32 KiB. */
#define BLOCK_K 256
/** Rows of a packed at a time, whole tiles of every TILE_M above. */
#define BLOCK_M 240

// What part of the product is wanted, as in wasm/gemm.ts.
enum { WHOLE, LOWER_OUT, LOWER_A, UPPER_A };

typedef float Vector __attribute__((vector_size(4 * WIDTH)));
/** The same at any address. */
typedef float Unaligned __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
/** The 16 partial sums of a row reduction; the compiler splits it where vectors are shorter. */
typedef float Lanes __attribute__((vector_size(64)));
typedef float UnalignedLanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef double Lanes64 __attribute__((vector_size(64)));
typedef float Half __attribute__((vector_size(32)));
typedef float UnalignedHalf __attribute__((vector_size(32), aligned(4), may_alias));
typedef float Four __attribute__((vector_size(16)));
typedef float UnalignedFour __attribute__((vector_size(16), aligned(4), may_alias));

ALWAYS_INLINE int least(int a, int b) { return a < b ? a : b; }
ALWAYS_INLINE int greatest(int a, int b) { return a > b ? a : b; }
ALWAYS_INLINE float *floats(uint8_t *base, uint32_t at) { return (float *)(base + at); }

ALWAYS_INLINE uint32_t bitsOf(float x) {
  uint32_t pattern;
  memcpy(&pattern, &x, 4);
  return pattern;
}

ALWAYS_INLINE float fromBits(uint32_t pattern) {
  float x;
  memcpy(&x, &pattern, 4);
  return x;
}

// ---- Functions: docs/exactness.md, "Functions in f32"

ALWAYS_INLINE float exponential(float x) {
  const float shift = fromBits(0x4B400000);
  const float t = x * fromBits(0x3FB8AA3B) + shift;
  const float n = t - shift;
  const float r = (x - n * fromBits(0x3F317200)) - n * fromBits(0x35BFBE8E);
  float p = fromBits(0x3AB6BA9F);
  p = p * r + fromBits(0x3C0905B9);
  p = p * r + fromBits(0x3D2AAA5C);
  p = p * r + fromBits(0x3E2AAA6E);
  p = p * r + fromBits(0x3F000000);
  const float y = 1.0f + (r + (r * r) * p);
  uint32_t pattern = bitsOf(y) + (bitsOf(t) << 23);
  pattern = x < -87.0f ? 0 : pattern;
  pattern = x > fromBits(0x42B16666) ? 0x7F800000u : pattern;
  return fromBits(pattern);
}

ALWAYS_INLINE float errorFunction(float x) {
  const float a = fabsf(x), u = a * a;
  float p = fromBits(0x38A5725D);
  p = p * u + fromBits(0xBA5242F2);
  p = p * u + fromBits(0x3BAA0CFA);
  p = p * u + fromBits(0xBCDBFDDA);
  p = p * u + fromBits(0x3DE71690);
  p = p * u + fromBits(0xBEC0939F);
  p = p * u + fromBits(0x3F906EBA);
  const float small = a * p;
  float q = fromBits(0xB7B5EC60);
  q = q * a + fromBits(0x39E76355);
  q = q * a + fromBits(0xBB89C67A);
  q = q * a + fromBits(0x3CCE8196);
  q = q * a + fromBits(0xBDDE0A93);
  q = q * a + fromBits(0xBF221AB2);
  q = q * a + fromBits(0xBF909607);
  q = q * a + fromBits(0x39452D96);
  float large = 1.0f - exponential(q);
  large = a < 4.0f ? large : 1.0f;
  const float magnitude = a < 1.0f ? small : large;
  return fromBits(bitsOf(magnitude) | (bitsOf(x) & 0x80000000u));
}

ALWAYS_INLINE float geluCdf2(float x) { return 1.0f + errorFunction(x * fromBits(0x3F3504F3)); }

static double logarithm(double x) {
  if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
  if (x == INFINITY) return x;
  uint64_t pattern;
  memcpy(&pattern, &x, 8);
  int k = (int)(pattern >> 52) - 1023;
  pattern = (pattern & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
  double m, ln2High, ln2Low;
  memcpy(&m, &pattern, 8);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    k += 1;
  }
  const double s = (m - 1.0) / (m + 1.0), u = s * s;
  double p = 1.0 / 23.0;
  for (int n = 21; n >= 3; n -= 2) p = p * u + 1.0 / n;
  const double tail = (2.0 * s) * (u * p);
  const uint64_t high = 0x3FE62E42FEE00000ull, low = 0x3DEA39EF35793C76ull;
  memcpy(&ln2High, &high, 8);
  memcpy(&ln2Low, &low, 8);
  return k * ln2High + (2.0 * s + (tail + k * ln2Low));
}

// ---- Row sums: 16 lanes, then the halving tree

ALWAYS_INLINE float tree(Lanes lanes) {
  float sum[16];
  memcpy(sum, &lanes, sizeof sum);
  for (int half = 8; half > 0; half /= 2) {
    for (int j = 0; j < half; j++) sum[j] = sum[j] + sum[j + half];
  }
  return sum[0];
}

/** x[i..i+16) with +0 at and beyond n: adding +0 changes no partial sum. */
ALWAYS_INLINE Lanes lanesAt(const float *x, int i, int n) {
  if (i + 16 <= n) return *(const UnalignedLanes *)(x + i);
  Lanes lanes = {0};
  for (int j = 0; j < n - i; j++) lanes[j] = x[i + j];
  return lanes;
}

static float sum16(const float *x, int n) {
  Lanes sum = {0};
  for (int i = 0; i < n; i += 16) sum += lanesAt(x, i, n);
  return tree(sum);
}

static float dot16(const float *x, const float *y, int n) {
  Lanes sum = {0};
  for (int i = 0; i < n; i += 16) sum += lanesAt(x, i, n) * lanesAt(y, i, n);
  return tree(sum);
}

/** Σ (x[i] − mean)² */
static float squares16(const float *x, float mean, int n) {
  Lanes sum = {0};
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    const Lanes d = *(const UnalignedLanes *)(x + i) - mean;
    sum += d * d;
  }
  for (int j = 0; i + j < n; j++) {
    const float d = x[i + j] - mean;
    sum[j] = sum[j] + d * d;
  }
  return tree(sum);
}

static float rowMax(const float *x, int n) {
  float top = x[0];
  if (n >= 16) {
    float lanes[16];
    memcpy(lanes, x, sizeof lanes);
    for (int i = 16; i + 16 <= n; i += 16) {
      for (int j = 0; j < 16; j++) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
    }
    for (int j = 0; j < 16; j++) top = lanes[j] > top ? lanes[j] : top;
  }
  for (int i = n & ~15; i < n; i++) top = x[i] > top ? x[i] : top;
  return top;
}

// ---- Matrix products

/** A 4×4 block transposed; strides in elements. */
ALWAYS_INLINE void transpose4(float *to, long toStride, const float *from, long fromStride) {
  const Four r0 = *(const UnalignedFour *)from, r1 = *(const UnalignedFour *)(from + fromStride);
  const Four r2 = *(const UnalignedFour *)(from + 2 * fromStride);
  const Four r3 = *(const UnalignedFour *)(from + 3 * fromStride);
  const Four a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
  const Four b = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
  const Four c = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
  const Four d = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  *(UnalignedFour *)to = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  *(UnalignedFour *)(to + toStride) = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  *(UnalignedFour *)(to + 2 * toStride) = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  *(UnalignedFour *)(to + 3 * toStride) = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

/** to[k][TILE_N] ← b[k, width], +0 beyond width. Strides in elements. */
static void packPanel(float *to, const float *b, long rs, long cs, int k, int width) {
  if (width < TILE_N) memset(to, 0, sizeof(float) * TILE_N * k);
  if (cs == 1 && width == TILE_N) {
    for (int i = 0; i < k; i++) memcpy(to + TILE_N * i, b + i * rs, sizeof(float) * TILE_N);
    return;
  }
  int j = 0;
  if (rs == 1) {
    for (; j + 4 <= width; j += 4) {
      int i = 0;
      for (; i + 4 <= k; i += 4) transpose4(to + TILE_N * i + j, TILE_N, b + j * cs + i, cs);
      for (; i < k; i++) {
        for (int c = j; c < j + 4; c++) to[TILE_N * i + c] = b[i + c * cs];
      }
    }
  }
  for (int i = 0; i < k; i++) {
    for (int c = j; c < width; c++) to[TILE_N * i + c] = b[i * rs + c * cs];
  }
}

/** to[tile][k][TILE_M] ← a[m, k]: rows that stand side by side come to stand one after another. */
static void packRows(float *to, const float *a, long ars, long acs, int m, int k) {
  for (int i = 0; i < m; i += TILE_M) {
    const int rows = least(TILE_M, m - i);
    for (int t = 0; t < k; t++) {
      for (int r = 0; r < rows; r++) to[TILE_M * t + r] = a[(i + r) * ars + t * acs];
    }
    to += TILE_M * k;
  }
}

/** c[rows, width] (+)= a[rows, k] · panel[k, TILE_N]; `rows` and one of a's strides are constants. */
ALWAYS_INLINE void tileOf(
  float *c, long ldc, const float *a, long ars, long acs, const float *panel,
  int k, bool more, int width, const int rows
) {
  Vector sum[TILE_M][TILE_V] = {0};
  if (more) {
    UNROLL for (int r = 0; r < rows; r++) {
      if (width == TILE_N) {
        UNROLL for (int v = 0; v < TILE_V; v++) sum[r][v] = *(Unaligned *)(c + r * ldc + v * WIDTH);
      } else {
        float line[TILE_N] = {0};
        for (int j = 0; j < width; j++) line[j] = c[r * ldc + j];
        memcpy(sum[r], line, sizeof line);
      }
    }
  }
  for (int t = 0; t < k; t++) {
    Vector b[TILE_V];
    UNROLL for (int v = 0; v < TILE_V; v++) {
      b[v] = *(const Unaligned *)(panel + TILE_N * t + v * WIDTH);
    }
    UNROLL for (int r = 0; r < rows; r++) {
      const float x = a[r * ars + t * acs];
      UNROLL for (int v = 0; v < TILE_V; v++) sum[r][v] += x * b[v];
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    if (width == TILE_N) {
      UNROLL for (int v = 0; v < TILE_V; v++) *(Unaligned *)(c + r * ldc + v * WIDTH) = sum[r][v];
    } else {
      float line[TILE_N];
      memcpy(line, sum[r], sizeof line);
      for (int j = 0; j < width; j++) c[r * ldc + j] = line[j];
    }
  }
}

/** `packed`: a as packRows leaves it, else row-major with row stride lda. */
static void tile(
  float *c, long ldc, const float *a, long lda, bool packed, const float *panel,
  int k, bool more, int width, int rows
) {
#define ROWS(count)                                                                             \
  case count:                                                                                   \
    if (packed) tileOf(c, ldc, a, 1, TILE_M, panel, k, more, width, count);                     \
    else tileOf(c, ldc, a, lda, 1, panel, k, more, width, count);                               \
    return;
  switch (rows) {
    ROWS(1) ROWS(2) ROWS(3) ROWS(4)
#if TILE_M > 4
    ROWS(5) ROWS(6)
#endif
#if TILE_M > 6
    ROWS(7) ROWS(8)
#endif
  }
#undef ROWS
}

/** Columns [j, j + width) of rows [i0, i1) for k in [k0, k1); a and panel begin at (i0, k0). */
static void pass(
  float *c, long ldc, const float *a, long lda, bool packed, const float *panel,
  int i0, int i1, int j, int width, int k0, int k1, bool more, int part
) {
  for (int i = i0; i < i1; i += TILE_M) {
    const int rows = least(TILE_M, i1 - i);
    if (part == LOWER_OUT && j > i + rows - 1) continue;
    const int from = part == UPPER_A ? greatest(k0, i) : k0;
    const int to = part == LOWER_A ? least(k1, i + rows) : k1;
    // An empty fold still owes its +0 on the first pass.
    if (to <= from && more) continue;
    const int skipped = from - k0;
    const float *at = packed ? a + (long)(i - i0) * (k1 - k0) + TILE_M * skipped
                             : a + (i - i0) * lda + skipped;
    const float *b = panel + TILE_N * skipped;
    tile(c + i * ldc + j, ldc, at, lda, packed, b, greatest(0, to - from), more, width, rows);
  }
}

static void product(
  float *c, long ldc, const float *a, long ars, long acs, const float *b, long brs, long bcs,
  int m, int n, int k, bool more, int part
) {
  static _Thread_local float panel[BLOCK_K * TILE_N] __attribute__((aligned(64)));
  static _Thread_local float rows[BLOCK_M * BLOCK_K] __attribute__((aligned(64)));
  if (k == 0 && !more) {
    for (int i = 0; i < m; i++) memset(c + i * ldc, 0, sizeof(float) * n);
  }
  const bool packed = acs != 1;
  const int blockM = packed ? BLOCK_M : greatest(1, m);
  for (int k0 = 0; k0 < k; k0 += BLOCK_K) {
    const int k1 = least(k, k0 + BLOCK_K);
    for (int i = 0; i < m; i += blockM) {
      const int end = least(m, i + blockM);
      const float *from = a + i * ars + k0 * acs;
      if (packed) {
        packRows(rows, from, ars, acs, end - i, k1 - k0);
        from = rows;
      }
      for (int j = 0; j < n; j += TILE_N) {
        if (part == LOWER_OUT && j >= end) break;
        const int width = least(TILE_N, n - j);
        packPanel(panel, b + k0 * brs + j * bcs, brs, bcs, k1 - k0, width);
        pass(c, ldc, from, ars, packed, panel, i, end, j, width, k0, k1, more || k0 > 0, part);
      }
    }
  }
}

void EXPORT(gemm)(
  uint8_t *base, uint32_t c, int ldc, uint32_t a, int ars, int acs, uint32_t b, int brs, int bcs,
  int m, int n, int k, bool more, int part, uint32_t scratch
) {
  (void)scratch;
  product(
    floats(base, c), ldc, floats(base, a), ars, acs, floats(base, b), brs, bcs, m, n, k, more, part
  );
}

// ---- Attention of training

/** End of the tile that row t is in: products read so far, so +0 must stand there. */
ALWAYS_INLINE int tileEnd(int t, int T) { return least(T, (t / TILE_M + 1) * TILE_M); }

/** In place: softmax of n scores times `scale`, +0 from n to `end`. */
static void softmaxRow(float *s, int n, int end, float scale) {
  INDEPENDENT for (int i = 0; i < n; i++) s[i] = s[i] * scale;
  const float top = rowMax(s, n);
  INDEPENDENT for (int i = 0; i < n; i++) s[i] = exponential(s[i] - top);
  const float total = sum16(s, n);
  INDEPENDENT for (int i = 0; i < n; i++) s[i] = s[i] / total;
  for (int i = n; i < end; i++) s[i] = 0;
}

static void headProbabilities(
  float *p, int ldp, const float *q, const float *k, int T, int hd, int C, int K, float scale
) {
  product(p, ldp, q, C, 1, k, 1, K, T, T, hd, false, LOWER_OUT);
  for (int t = 0; t < T; t++) softmaxRow(p + (long)t * ldp, t + 1, tileEnd(t, T), scale);
}

void EXPORT(attention)(
  uint8_t *base, uint32_t o, uint32_t q, uint32_t k, uint32_t v, int T, int C, int K, int hd,
  int h0, int h1, float scale, uint32_t p, uint32_t scratch
) {
  (void)scratch;
  const int ldp = (T + 3) & ~3, group = C / K;
  float *P = floats(base, p);
  for (int h = h0; h < h1; h++) {
    const int at = h * hd, shared = h / group * hd;
    const float *V = floats(base, v) + shared;
    headProbabilities(P, ldp, floats(base, q) + at, floats(base, k) + shared, T, hd, C, K, scale);
    product(floats(base, o) + at, C, P, ldp, 1, V, K, 1, T, hd, T, false, LOWER_A);
  }
}

/** dp[t] ← (p[t]·(dp[t] − Σ p·dp))·scale, +0 from t + 1 to the end of the tile. */
static void softmaxBackward(float *dp, const float *p, int t, int T, float scale) {
  const float mean = dot16(p, dp, t + 1);
  INDEPENDENT for (int i = 0; i <= t; i++) dp[i] = (p[i] * (dp[i] - mean)) * scale;
  for (int i = t + 1; i < tileEnd(t, T); i++) dp[i] = 0;
}

void EXPORT(attentionBackward)(
  uint8_t *base, uint32_t dq, uint32_t dk, uint32_t dv, uint32_t dout, uint32_t q, uint32_t k,
  uint32_t v, int T, int C, int K, int hd, int h0, int h1, float scale, uint32_t p, uint32_t dp,
  uint32_t scratch
) {
  (void)scratch;
  const int ldp = (T + 3) & ~3, group = C / K;
  float *P = floats(base, p), *dP = floats(base, dp);
  for (int h = h0; h < h1; h++) {
    const int at = h * hd, shared = h / group * hd;
    const bool more = h % group != 0;
    const float *queries = floats(base, q) + at, *dO = floats(base, dout) + at;
    const float *keys = floats(base, k) + shared, *values = floats(base, v) + shared;
    headProbabilities(P, ldp, queries, keys, T, hd, C, K, scale);
    product(floats(base, dv) + shared, K, P, 1, ldp, dO, C, 1, T, hd, T, more, UPPER_A);
    product(dP, ldp, dO, C, 1, values, 1, K, T, T, hd, false, LOWER_OUT);
    for (int t = 0; t < T; t++) softmaxBackward(dP + (long)t * ldp, P + (long)t * ldp, t, T, scale);
    product(floats(base, dq) + at, C, dP, ldp, 1, keys, K, 1, T, hd, T, false, LOWER_A);
    product(floats(base, dk) + shared, K, dP, 1, ldp, queries, C, 1, T, hd, T, more, UPPER_A);
  }
}

// ---- Element by element, and row by row

void EXPORT(addBias)(uint8_t *base, uint32_t y, uint32_t bias, int r0, int r1, int n) {
  const float *b = floats(base, bias);
  for (int r = r0; r < r1; r++) {
    float *row = floats(base, y) + (long)r * n;
    INDEPENDENT for (int i = 0; i < n; i++) row[i] = row[i] + b[i];
  }
}

void EXPORT(addBiasResidual)(
  uint8_t *base, uint32_t out, uint32_t x, uint32_t y, uint32_t bias, int r0, int r1, int n
) {
  const float *b = floats(base, bias);
  for (int r = r0; r < r1; r++) {
    const long at = (long)r * n;
    const float *xs = floats(base, x) + at, *ys = floats(base, y) + at;
    float *to = floats(base, out) + at;
    INDEPENDENT for (int i = 0; i < n; i++) to[i] = xs[i] + (ys[i] + b[i]);
  }
}

void EXPORT(biasGelu)(
  uint8_t *base, uint32_t y, uint32_t x, uint32_t bias, int r0, int r1, int n
) {
  const float *b = floats(base, bias);
  for (int r = r0; r < r1; r++) {
    float *xs = floats(base, x) + (long)r * n, *ys = floats(base, y) + (long)r * n;
    INDEPENDENT for (int i = 0; i < n; i++) {
      const float h = xs[i] + b[i];
      xs[i] = h;
      ys[i] = (0.5f * h) * geluCdf2(h);
    }
  }
}

void EXPORT(biasGeluSplit)(
  uint8_t *base, uint32_t y, uint32_t x, uint32_t bias, int r0, int r1, int n
) {
  const float *b = floats(base, bias);
  for (int r = r0; r < r1; r++) {
    float *xs = floats(base, x) + (long)r * n, *ys = floats(base, y) + (long)r * n;
    INDEPENDENT for (int i = 0; i < n; i++) {
      const float h = xs[i] + b[i], cdf2 = geluCdf2(h);
      const float density = exponential((-0.5f * h) * h) * fromBits(0x3ECC422A);
      ys[i] = (0.5f * h) * cdf2;
      xs[i] = 0.5f * cdf2 + h * density;
    }
  }
}

void EXPORT(multiply)(uint8_t *base, uint32_t x, uint32_t y, int count) {
  float *xs = floats(base, x), *ys = floats(base, y);
  INDEPENDENT for (int i = 0; i < count; i++) xs[i] = xs[i] * ys[i];
}

void EXPORT(columnSums)(
  uint8_t *base, uint32_t out, uint32_t x, int rows, int n, int c0, int c1, bool more
) {
  float *sums = floats(base, out);
  for (int i = c0; i < c1 && !more; i++) sums[i] = 0;
  for (int r = 0; r < rows; r++) {
    const float *row = floats(base, x) + (long)r * n;
    INDEPENDENT for (int i = c0; i < c1; i++) sums[i] = sums[i] + row[i];
  }
}

// ---- Layer normalisation

/** y = ((x − mean)·rstd)·gain + bias */
static void normalise(
  float *y, const float *x, const float *gain, const float *bias, float mean, float rstd, int n
) {
  INDEPENDENT for (int i = 0; i < n; i++) y[i] = ((x[i] - mean) * rstd) * gain[i] + bias[i];
}

void EXPORT(layerNorm)(
  uint8_t *base, uint32_t y, uint32_t x, uint32_t gain, uint32_t bias, uint32_t stats,
  int r0, int r1, int n
) {
  for (int r = r0; r < r1; r++) {
    const float *row = floats(base, x) + (long)r * n;
    const float mean = sum16(row, n) / (float)n;
    const float variance = squares16(row, mean, n) / (float)n;
    const float rstd = 1.0f / sqrtf(variance + fromBits(0x3727C5AC));
    float *out = floats(base, y) + (long)r * n;
    normalise(out, row, floats(base, gain), floats(base, bias), mean, rstd, n);
    if (stats) {
      float *kept = floats(base, stats) + 2 * r;
      kept[0] = mean;
      kept[1] = rstd;
    }
  }
}

void EXPORT(layerNormAgain)(
  uint8_t *base, uint32_t y, uint32_t x, uint32_t gain, uint32_t bias, uint32_t stats,
  int r0, int r1, int n
) {
  for (int r = r0; r < r1; r++) {
    const float *kept = floats(base, stats) + 2 * r, *row = floats(base, x) + (long)r * n;
    float *out = floats(base, y) + (long)r * n;
    normalise(out, row, floats(base, gain), floats(base, bias), kept[0], kept[1], n);
  }
}

void EXPORT(layerNormBackward)(
  uint8_t *base, uint32_t dx, uint32_t dy, uint32_t x, uint32_t gain, uint32_t stats,
  int r0, int r1, int n, bool more, uint32_t scratch
) {
  const float *gains = floats(base, gain);
  float *g = floats(base, scratch), *hat = g + n;
  for (int r = r0; r < r1; r++) {
    const long at = (long)r * n;
    const float *dys = floats(base, dy) + at, *xs = floats(base, x) + at;
    const float mean = floats(base, stats)[2 * r], rstd = floats(base, stats)[2 * r + 1];
    float *to = floats(base, dx) + at;
    INDEPENDENT for (int i = 0; i < n; i++) {
      g[i] = dys[i] * gains[i];
      hat[i] = (xs[i] - mean) * rstd;
    }
    const float meanG = sum16(g, n) / (float)n, meanGHat = dot16(g, hat, n) / (float)n;
    if (more) {
      INDEPENDENT for (int i = 0; i < n; i++) {
        to[i] = to[i] + ((g[i] - meanG) - hat[i] * meanGHat) * rstd;
      }
    } else {
      INDEPENDENT for (int i = 0; i < n; i++) {
        to[i] = ((g[i] - meanG) - hat[i] * meanGHat) * rstd;
      }
    }
  }
}

void EXPORT(layerNormParams)(
  uint8_t *base, uint32_t dgain, uint32_t dbias, uint32_t dy, uint32_t x, uint32_t stats,
  int rows, int n, int c0, int c1, bool more
) {
  float *gains = floats(base, dgain), *biases = floats(base, dbias);
  for (int i = c0; i < c1 && !more; i++) gains[i] = biases[i] = 0;
  for (int r = 0; r < rows; r++) {
    const float *dys = floats(base, dy) + (long)r * n, *xs = floats(base, x) + (long)r * n;
    const float mean = floats(base, stats)[2 * r], rstd = floats(base, stats)[2 * r + 1];
    INDEPENDENT for (int i = c0; i < c1; i++) {
      gains[i] = gains[i] + dys[i] * ((xs[i] - mean) * rstd);
      biases[i] = biases[i] + dys[i];
    }
  }
}

// ---- Loss

typedef struct {
  float top, total, logTotal, nll;
} RowLoss;

/** Of one row of logits, which become exp(l − max). */
static RowLoss rowLoss(float *row, int target, int V) {
  const float top = rowMax(row, V);
  const float score = row[target] - top;
  INDEPENDENT for (int i = 0; i < V; i++) row[i] = exponential(row[i] - top);
  const float total = sum16(row, V);
  const float logTotal = (float)logarithm(total);
  return (RowLoss){top, total, logTotal, logTotal - score};
}

void EXPORT(negativeLogLikelihood)(
  uint8_t *base, uint32_t nll, uint32_t logits, uint32_t targets, int r0, int r1, int V
) {
  for (int r = r0; r < r1; r++) {
    const int32_t target = ((int32_t *)(base + targets))[r];
    float *out = floats(base, nll) + r;
    // A target beyond the vocabulary must not become an address.
    if (target < 0 || target >= V) *out = 0;
    else *out = rowLoss(floats(base, logits) + (long)r * V, target, V).nll;
  }
}

void EXPORT(crossEntropyBackward)(
  uint8_t *base, uint32_t nll, uint32_t logits, uint32_t targets, float scale, float twoZ,
  int r0, int r1, int V
) {
  for (int r = r0; r < r1; r++) {
    const int32_t target = ((int32_t *)(base + targets))[r];
    float *out = floats(base, nll) + r, *row = floats(base, logits) + (long)r * V;
    if (target < 0 || target >= V) {
      *out = 0;
      memset(row, 0, sizeof(float) * V);
      continue;
    }
    const RowLoss loss = rowLoss(row, target, V);
    *out = loss.nll;
    const float pull = 1.0f + twoZ * (loss.logTotal + loss.top);
    INDEPENDENT for (int i = 0; i < V; i++) row[i] = (row[i] / loss.total) * pull;
    row[target] = row[target] - 1.0f;
    INDEPENDENT for (int i = 0; i < V; i++) row[i] = row[i] * scale;
  }
}

// ---- The update

static double blockSquares(const float *g, int n) {
  Lanes64 low = {0}, high = {0};
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    const Half first = *(const UnalignedHalf *)(g + i), second = *(const UnalignedHalf *)(g + i + 8);
    const Lanes64 x = __builtin_convertvector(first, Lanes64);
    const Lanes64 y = __builtin_convertvector(second, Lanes64);
    low += x * x;
    high += y * y;
  }
  double sum[16];
  memcpy(sum, &low, 64);
  memcpy(sum + 8, &high, 64);
  for (int j = 0; i + j < n; j++) sum[j] = sum[j] + (double)g[i + j] * (double)g[i + j];
  for (int half = 8; half > 0; half /= 2) {
    for (int j = 0; j < half; j++) sum[j] = sum[j] + sum[j + half];
  }
  return sum[0];
}

double EXPORT(sumSquares)(uint8_t *base, uint32_t g, int n) {
  double total = 0;
  for (int i = 0; i < n; i += 4096) total += blockSquares(floats(base, g) + i, least(4096, n - i));
  return total;
}

/** Magnitudes below 2^−100 become +0. */
ALWAYS_INLINE float flush(float x) { return fabsf(x) >= fromBits(0x0D800000) ? x : 0.0f; }

void EXPORT(adamW)(
  uint8_t *base, uint32_t w, uint32_t g, uint32_t m, uint32_t v, int n, float clip, float lr,
  float beta1, float beta1c, float beta2, float beta2c, float c1, float c2, float epsilon,
  float decay
) {
  float *ws = floats(base, w), *ms = floats(base, m), *vs = floats(base, v);
  const float *gs = floats(base, g);
  INDEPENDENT for (int i = 0; i < n; i++) {
    const float grad = gs[i] * clip;
    const float m1 = flush(beta1 * ms[i] + beta1c * grad);
    const float v1 = flush(beta2 * vs[i] + beta2c * (grad * grad));
    ms[i] = m1;
    vs[i] = v1;
    const float old = ws[i];
    const float update = (m1 * c1) / (sqrtf(v1 * c2) + epsilon) + decay * old;
    ws[i] = old - lr * update;
  }
}

#ifdef CHOOSE
/** Which parameters the kernels have: workers/native_kernels.ts compares it with its own. */
__attribute__((visibility("default"))) uint32_t signatures(void) { return SIGNATURES; }

/** How many of the sets, from the fastest, the machine lacks: native/build.ts has their order. */
__attribute__((visibility("default"))) int missingSets(void) {
#ifdef __x86_64__
  if (!__builtin_cpu_supports("avx2")) return 2;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide ? 0 : 1;
#else
  return 0;
#endif
}
#endif
