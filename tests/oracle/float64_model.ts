// The loss of a batch in plain float64, by the textbook formulae: shares nothing with exact/1 but
// the names of the tensors. For finite differences, and to see that exact/1 computes what it says.

import { architectureOf } from "../../lib/format/architecture.ts";
import { type ModelConfig, tensorSpecs } from "../../lib/format/config.ts";

type Rows = number[][];

interface Tensor {
  shape: readonly number[];
  values: Float64Array;
}

const EPSILON = 1e-5;

/** x·W + b for each row; W [in, out]. */
function linear(x: Rows, w: Tensor, b?: Tensor): Rows {
  const [, out] = w.shape;
  return x.map((row) =>
    Array.from(
      { length: out },
      (_, o) => row.reduce((sum, v, i) => sum + v * w.values[i * out + o], b?.values[o] ?? 0),
    )
  );
}

function norm(kind: string, x: Rows, gain: Tensor, bias?: Tensor): Rows {
  return x.map((row) => {
    const mean = kind === "rmsnorm" ? 0 : row.reduce((a, b) => a + b) / row.length;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
    const rstd = 1 / Math.sqrt(variance + EPSILON);
    return row.map((v, i) => (v - mean) * rstd * gain.values[i] + (bias?.values[i] ?? 0));
  });
}

/** erf x = 2/√π·e^(−x²)·Σ 2^n·x^(2n + 1)/(1·3·…·(2n + 1)): all terms of one sign. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let sum = 0, term = x;
  for (let n = 0; n < 150; n++) {
    sum += term;
    term *= 2 * x * x / (2 * n + 3);
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2));
const silu = (x: number) => x / (1 + Math.exp(-x));

/** One head's row [hd] at `position`, as complex numbers x[i] + i·x[i + hd/2] turned. */
function rotated(head: number[], position: number, base: number): number[] {
  const half = head.length / 2;
  return head.map((_, i) => {
    const pair = i % half, angle = position / base ** (2 * pair / head.length);
    const a = head[pair], b = head[pair + half];
    return i < half
      ? a * Math.cos(angle) - b * Math.sin(angle)
      : a * Math.sin(angle) + b * Math.cos(angle);
  });
}

function attention(config: ModelConfig, q: Rows, k: Rows, v: Rows): Rows {
  const { heads, dModel } = config;
  const { kvHeads, rotaryBase } = architectureOf(config);
  const hd = dModel / heads;
  const slice = (x: Rows, h: number) => x.map((row) => row.slice(h * hd, (h + 1) * hd));
  const turned = (x: Rows) => rotaryBase ? x.map((row, t) => rotated(row, t, rotaryBase)) : x;
  const outputs = Array.from({ length: heads }, (_, h) => {
    const shared = Math.floor(h / (heads / kvHeads));
    const Q = turned(slice(q, h)), K = turned(slice(k, shared)), V = slice(v, shared);
    return Q.map((query, t) => {
      const e = K.slice(0, t + 1).map((key) =>
        Math.exp(query.reduce((sum, x, d) => sum + x * key[d], 0) / Math.sqrt(hd))
      );
      const total = e.reduce((a, b) => a + b);
      return query.map((_, d) => e.reduce((sum, p, j) => sum + p / total * V[j][d], 0));
    });
  });
  return q.map((_, t) => outputs.flatMap((rows) => rows[t]));
}

/** Logits of one sequence. */
function logits(config: ModelConfig, w: Map<string, Tensor>, tokens: number[]): Rows {
  const { norm: kind, mlp } = architectureOf(config), { dModel: C } = config;
  const project = (x: Rows, name: string) =>
    linear(x, w.get(`${name}.weight`)!, w.get(`${name}.bias`));
  const normed = (x: Rows, name: string) =>
    norm(kind, x, w.get(`${name}.weight`)!, w.get(`${name}.bias`));
  const plus = (x: Rows, y: Rows) => x.map((row, r) => row.map((v, i) => v + y[r][i]));
  const table = w.get("token_embedding.weight")!, places = w.get("position_embedding.weight");
  let x = tokens.map((id, t) =>
    Array.from(
      { length: C },
      (_, i) => table.values[id * C + i] + (places?.values[t * C + i] ?? 0),
    )
  );
  for (let block = 0; block < config.layers; block++) {
    const at = (name: string) => `blocks.${block}.${name}`;
    const a = normed(x, at("ln1"));
    const [q, k, v] = ["q", "k", "v"].map((name) => project(a, at(`attn.${name}_proj`)));
    x = plus(x, project(attention(config, q, k, v), at("attn.o_proj")));
    const b = normed(x, at("ln2"));
    if (mlp === "gelu") {
      const act = project(b, at("mlp.fc_in")).map((row) => row.map(gelu));
      x = plus(x, project(act, at("mlp.fc_out")));
    } else {
      const up = project(b, at("mlp.up_proj"));
      const act = project(b, at("mlp.gate_proj")).map((row, r) =>
        row.map((g, i) => silu(g) * up[r][i])
      );
      x = plus(x, project(act, at("mlp.down_proj")));
    }
  }
  const head = w.get("lm_head.weight") ?? table;
  return normed(x, "ln_final").map((row) =>
    Array.from(
      { length: config.vocabSize },
      (_, id) => row.reduce((sum, v, i) => sum + v * head.values[id * C + i], 0),
    )
  );
}

/** Mean cross-entropy in nats of rows of `ctx` tokens; targets below 0 do not count. */
export function loss64(
  config: ModelConfig,
  weights: Float64Array,
  tokens: ArrayLike<number>,
  targets: ArrayLike<number>,
): number {
  const w = new Map(
    tensorSpecs(config).map(({ name, shape, offset, size }) => [
      name,
      { shape, values: weights.subarray(offset, offset + size) },
    ]),
  );
  const { ctx: T } = config;
  let sum = 0, scored = 0;
  for (let at = 0; at < tokens.length; at += T) {
    const ids = Array.from({ length: T }, (_, t) => tokens[at + t]);
    logits(config, w, ids).forEach((row, t) => {
      const target = targets[at + t];
      if (target < 0) return;
      sum += Math.log(row.reduce((total, l) => total + Math.exp(l), 0)) - row[target];
      scored++;
    });
  }
  return sum / scored;
}
