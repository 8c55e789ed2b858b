// The whole model, forward and backward, on a batch of rows: R = rows, T positions per sequence.

import { type ModelConfig, tensorSpecs } from "../../lib/format/config.ts";
import { attention, attentionBackward } from "./attention.ts";
import { gelu, geluSlope, geluTanh, silu, siluSlope } from "./exp_erf.ts";
import { f32 } from "./float_bits.ts";
import { layerNorm, layerNormBackward } from "./layernorm.ts";
import { product, rowMajor, transposed } from "./matrix.ts";
import { columnSums } from "./reduce.ts";
import { rmsNorm, rmsNormBackward } from "./rmsnorm.ts";
import { rotate } from "./rotary.ts";

/** A tensor by its name in the file format; undefined where the shape has none. */
export type Tensors = (name: string) => Float32Array;

/** Views of the tensors in a flat array. */
export function tensorsOf(config: ModelConfig, flat: Float32Array): Tensors {
  const views = new Map(
    tensorSpecs(config).map(({ name, offset, size }) => [
      name,
      flat.subarray(offset, offset + size),
    ]),
  );
  return (name) => views.get(name)!;
}

/** x·W + b with the tensors `name`.weight [k, n] and `name`.bias; no bias counts as +0. */
function linear(x: Float32Array, w: Tensors, name: string, k: number): Float32Array<ArrayBuffer> {
  const weight = w(`${name}.weight`), b: Float32Array | undefined = w(`${name}.bias`);
  const n = weight.length / k, rows = x.length / k;
  const y = product([rows, n, k], rowMajor(x, k), rowMajor(weight, n));
  return y.map((value, i) => f32(value + (b?.[i % n] ?? 0)));
}

/** The norm called `name` of rows of C. */
function norm(config: ModelConfig, x: Float32Array, w: Tensors, name: string) {
  const gain = w(`${name}.weight`), bias = w(`${name}.bias`);
  const given = config.imported?.normEpsilon, epsilon = given && f32(given);
  if (config.arch?.norm === "rmsnorm") return rmsNorm(x, gain, undefined, epsilon);
  return layerNorm(x, gain, bias ?? new Float32Array(gain.length), epsilon);
}

function sum(x: Float32Array, y: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(x, (value, i) => f32(value + y[i]));
}

interface Block {
  x: Float32Array;
  norm1: Float32Array;
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  o: Float32Array;
  xMid: Float32Array;
  norm2: Float32Array;
  /** Before GELU or SiLU. */
  h: Float32Array;
  /** What SwiGLU multiplies by. */
  up: Float32Array;
  act: Float32Array;
}

export interface Activations {
  blocks: Block[];
  x: Float32Array;
  norm: Float32Array;
  /** [R, V] */
  logits: Float32Array;
}

/** Runs `body` on each sequence's part of the given arrays, all of `sequences` equal parts. */
function perSequence(
  sequences: number,
  arrays: Float32Array[],
  body: (...parts: Float32Array[]) => Float32Array[],
): Float32Array[] {
  const results: Float32Array[] = [];
  for (let s = 0; s < sequences; s++) {
    const parts = arrays.map((array) => {
      const size = array.length / sequences;
      return array.subarray(s * size, (s + 1) * size);
    });
    body(...parts).forEach((part, i) => {
      results[i] ??= new Float32Array(sequences * part.length);
      results[i].set(part, s * part.length);
    });
  }
  return results;
}

export function attentionShape(config: ModelConfig, T: number, layer = 0) {
  const { dModel: C, heads, arch, imported } = config;
  const scale = f32(imported?.attentionScale ?? 1 / Math.sqrt(C / heads));
  return { T, C, heads, kvHeads: arch?.kvHeads, scale, window: imported?.windows?.[layer] };
}

/** q [R, C] or k [R, K] turned by the positions of its rows, where positions are rotary. */
function turned(config: ModelConfig, x: Float32Array, T: number, width: number, back = false) {
  const base = config.arch?.rotaryBase;
  if (base === undefined) return x;
  const hd = config.dModel / config.heads;
  const scaling = config.imported?.rotaryScaling;
  return rotate(x, { width, hd, base, scaling, positionOf: (row) => row % T }, back);
}

function forwardBlock(
  config: ModelConfig,
  w: Tensors,
  x: Float32Array,
  T: number,
  layer: number,
): Block {
  const C = config.dModel, rows = x.length / C;
  const norm1 = norm(config, x, w, "ln1");
  const [q, k, v] = ["q", "k", "v"].map((name) => linear(norm1, w, `attn.${name}_proj`, C));
  const [turnedQ, turnedK] = [q, k].map((part) => turned(config, part, T, part.length / rows));
  const [o] = perSequence(
    rows / T,
    [turnedQ, turnedK, v],
    (a, b, c) => [attention(a, b, c, attentionShape(config, T, layer))],
  );
  const xMid = sum(x, linear(o, w, "attn.o_proj", C));
  const norm2 = norm(config, xMid, w, "ln2");
  const mlp = config.arch?.mlp === "swiglu" ? gated(norm2, w, C) : plain(norm2, w, C, config);
  return { x, norm1, q: turnedQ, k: turnedK, v, o, xMid, norm2, ...mlp };
}

function plain(x: Float32Array, w: Tensors, C: number, { imported }: ModelConfig) {
  const h = linear(x, w, "mlp.fc_in", C);
  return { h, up: new Float32Array(), act: h.map(imported?.gelu === "tanh" ? geluTanh : gelu) };
}

function gated(x: Float32Array, w: Tensors, C: number) {
  const h = linear(x, w, "mlp.gate_proj", C), up = linear(x, w, "mlp.up_proj", C);
  return { h, up, act: h.map((value, i) => f32(silu(value) * up[i])) };
}

function lastOfMlp(config: ModelConfig): string {
  return config.arch?.mlp === "swiglu" ? "mlp.down_proj" : "mlp.fc_out";
}

function inBlock(w: Tensors, i: number): Tensors {
  return (name) => w(`blocks.${i}.${name}`);
}

/** Logits of every row; row r is position r mod T of sequence r div T. */
export function forward(
  config: ModelConfig,
  w: Tensors,
  tokens: ArrayLike<number>,
  T: number,
): Activations {
  const { layers, dModel: C, dMlp: F } = config;
  const token = w("token_embedding.weight");
  const position: Float32Array | undefined = w("position_embedding.weight");
  const rows = tokens.length;
  let x = new Float32Array(rows * C);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < C; i++) {
      const t = token[tokens[r] * C + i];
      x[r * C + i] = position ? f32(t + position[(r % T) * C + i]) : t;
    }
  }
  const blocks: Block[] = [];
  for (let i = 0; i < layers; i++) {
    const block = forwardBlock(config, inBlock(w, i), x, T, i);
    blocks.push(block);
    x = sum(block.xMid, linear(block.act, inBlock(w, i), lastOfMlp(config), F));
  }
  return { blocks, x, ...readOut(config, w, x) };
}

/** The last norm of rows of the residual stream [R, C], and their logits [R, V]. */
export function readOut(config: ModelConfig, w: Tensors, x: Float32Array) {
  const { dModel: C, vocabSize: V } = config;
  const last = norm(config, x, w, "ln_final");
  const logits = product([x.length / C, V, C], rowMajor(last, C), transposed(headOf(w), C));
  return { norm: last, logits };
}

/** [V, C]; the token embedding when tied. */
function headOf(w: Tensors): Float32Array {
  return w("lm_head.weight") ?? w("token_embedding.weight");
}

/** dx = dy·Wᵀ, continuing the folds in `start`. */
function linearBack(dy: Float32Array, w: Float32Array, n: number, start?: Float32Array) {
  const k = w.length / n, rows = dy.length / n;
  return product([rows, k, n], rowMajor(dy, n), transposed(w, n), start);
}

/** Sets the gradients of `name`: dW = xᵀ·dy and db = Σ_r dy, rows ascending; x is [R, k]. */
function weightGradient(
  d: Tensors,
  name: string,
  x: Float32Array,
  dy: Float32Array,
  k: number,
): void {
  const rows = x.length / k, n = dy.length / rows;
  d(`${name}.weight`).set(product([k, n, rows], transposed(x, k), rowMajor(dy, n)));
  d(`${name}.bias`)?.set(columnSums(dy, rows, n));
}

/** Sets the gradients of a norm's parameters, returns that of its input. */
function normBack(
  config: ModelConfig,
  d: Tensors,
  w: Tensors,
  name: string,
  dNorm: Float32Array,
  x: Float32Array,
): Float32Array<ArrayBuffer> {
  const gain = w(`${name}.weight`);
  const back = config.arch?.norm === "rmsnorm"
    ? { ...rmsNormBackward(dNorm, x, gain), dBias: [] }
    : layerNormBackward(dNorm, x, gain);
  d(`${name}.weight`).set(back.dGain);
  d(`${name}.bias`)?.set(back.dBias);
  return back.dx;
}

/** The MLP's gradient from dx: its weights' are set, that of norm2 is returned. */
function mlpBack(config: ModelConfig, w: Tensors, d: Tensors, a: Block, dx: Float32Array) {
  const { dModel: C, dMlp: F } = config;
  const last = lastOfMlp(config);
  weightGradient(d, last, a.act, dx, F);
  const dAct = linearBack(dx, w(`${last}.weight`), C);
  if (config.arch?.mlp !== "swiglu") {
    const dh = dAct.map((value, i) => f32(value * geluSlope(a.h[i])));
    weightGradient(d, "mlp.fc_in", a.norm2, dh, C);
    return linearBack(dh, w("mlp.fc_in.weight"), F);
  }
  const dGate = dAct.map((value, i) => f32(f32(value * a.up[i]) * siluSlope(a.h[i])));
  const dUp = dAct.map((value, i) => f32(value * silu(a.h[i])));
  weightGradient(d, "mlp.gate_proj", a.norm2, dGate, C);
  weightGradient(d, "mlp.up_proj", a.norm2, dUp, C);
  // One fold over the columns of [dgate dup].
  return linearBack(
    dUp,
    w("mlp.up_proj.weight"),
    F,
    linearBack(dGate, w("mlp.gate_proj.weight"), F),
  );
}

function backwardBlock(
  config: ModelConfig,
  w: Tensors,
  d: Tensors,
  a: Block,
  dx: Float32Array,
  T: number,
): Float32Array<ArrayBuffer> {
  const C = config.dModel, rows = dx.length / C;
  const dMid = sum(dx, normBack(config, d, w, "ln2", mlpBack(config, w, d, a, dx), a.xMid));

  weightGradient(d, "attn.o_proj", a.o, dMid, C);
  const dO = linearBack(dMid, w("attn.o_proj.weight"), C);
  const [dTurnedQ, dTurnedK, dv] = perSequence(rows / T, [dO, a.q, a.k, a.v], (...parts) => {
    const [dout, q, k, v] = parts;
    const back = attentionBackward(dout, q, k, v, attentionShape(config, T));
    return [back.dq, back.dk, back.dv];
  });
  const K = a.k.length / rows;
  const dq = turned(config, dTurnedQ, T, C, true), dk = turned(config, dTurnedK, T, K, true);
  // One fold over the columns of [dq dk dv].
  let dNorm: Float32Array | undefined;
  for (const [name, dy] of [["q", dq], ["k", dk], ["v", dv]] as const) {
    weightGradient(d, `attn.${name}_proj`, a.norm1, dy, C);
    dNorm = linearBack(dy, w(`attn.${name}_proj.weight`), dy.length / rows, dNorm);
  }
  return sum(dMid, normBack(config, d, w, "ln1", dNorm!, a.x));
}

/** Gradients of all tensors, flat, from dlogits [R, V]. */
export function backward(
  config: ModelConfig,
  w: Tensors,
  grads: Float32Array,
  tokens: ArrayLike<number>,
  T: number,
  a: Activations,
  dLogits: Float32Array,
): void {
  const { layers, dModel: C, vocabSize: V } = config;
  const d = tensorsOf(config, grads), rows = tokens.length;
  const dToken = d("token_embedding.weight").fill(0);
  headOf(d).set(product([V, C, rows], transposed(dLogits, V), rowMajor(a.norm, C)));
  const dNorm = product([rows, C, V], rowMajor(dLogits, V), rowMajor(headOf(w), C));
  let dx = normBack(config, d, w, "ln_final", dNorm, a.x);
  for (let i = layers - 1; i >= 0; i--) {
    dx = backwardBlock(config, inBlock(w, i), inBlock(d, i), a.blocks[i], dx, T);
  }
  const dPosition: Float32Array | undefined = d("position_embedding.weight")?.fill(0);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < C; i++) {
      const t = tokens[r] * C + i, p = (r % T) * C + i;
      dToken[t] = f32(dToken[t] + dx[r * C + i]);
      if (dPosition) dPosition[p] = f32(dPosition[p] + dx[r * C + i]);
    }
  }
}
