// The whole model, forward and backward, on a batch of rows: R = rows, T positions per sequence.

import { type ModelConfig, tensorSpecs } from "../../lib/format/config.ts";
import { attention, attentionBackward } from "./attention.ts";
import { gelu, geluSlope } from "./exp_erf.ts";
import { f32 } from "./float_bits.ts";
import { layerNorm, layerNormBackward } from "./layernorm.ts";
import { product, rowMajor, transposed } from "./matrix.ts";
import { columnSums } from "./reduce.ts";

/** A tensor by its name in the file format. */
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

/** x·W + b. */
function linear(x: Float32Array, w: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  const n = b.length, k = w.length / n, rows = x.length / k;
  const y = product([rows, n, k], rowMajor(x, k), rowMajor(w, n));
  return y.map((value, i) => f32(value + b[i % n]));
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
  /** Before GELU. */
  h: Float32Array;
  act: Float32Array;
}

export interface Activations {
  blocks: Block[];
  x: Float32Array;
  norm: Float32Array;
  /** [R, V] */
  logits: Float32Array;
}

/** Runs `body` on each sequence's rows of the given [R, C] arrays. */
function perSequence(
  rowsPerSequence: number,
  C: number,
  arrays: Float32Array[],
  body: (...parts: Float32Array[]) => Float32Array[],
): Float32Array[] {
  const step = rowsPerSequence * C;
  const results: Float32Array[] = [];
  for (let at = 0; at < arrays[0].length; at += step) {
    body(...arrays.map((array) => array.subarray(at, at + step))).forEach((part, i) => {
      results[i] ??= new Float32Array(arrays[0].length);
      results[i].set(part, at);
    });
  }
  return results;
}

function attentionShape(config: ModelConfig, T: number) {
  const { dModel: C, heads } = config;
  return { T, C, heads, scale: f32(1 / Math.sqrt(C / heads)) };
}

function forwardBlock(config: ModelConfig, w: Tensors, x: Float32Array, T: number): Block {
  const norm1 = layerNorm(x, w("ln1.weight"), w("ln1.bias"));
  const [q, k, v] = ["q", "k", "v"].map((name) =>
    linear(norm1, w(`attn.${name}_proj.weight`), w(`attn.${name}_proj.bias`))
  );
  const [o] = perSequence(
    T,
    config.dModel,
    [q, k, v],
    (a, b, c) => [attention(a, b, c, attentionShape(config, T))],
  );
  const xMid = sum(x, linear(o, w("attn.o_proj.weight"), w("attn.o_proj.bias")));
  const norm2 = layerNorm(xMid, w("ln2.weight"), w("ln2.bias"));
  const h = linear(norm2, w("mlp.fc_in.weight"), w("mlp.fc_in.bias"));
  return { x, norm1, q, k, v, o, xMid, norm2, h, act: h.map(gelu) };
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
  const { layers, dModel: C, vocabSize: V } = config;
  const token = w("token_embedding.weight"), position = w("position_embedding.weight");
  const rows = tokens.length;
  let x = new Float32Array(rows * C);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < C; i++) {
      x[r * C + i] = f32(token[tokens[r] * C + i] + position[(r % T) * C + i]);
    }
  }
  const blocks: Block[] = [];
  for (let i = 0; i < layers; i++) {
    const block = forwardBlock(config, inBlock(w, i), x, T);
    blocks.push(block);
    const out = inBlock(w, i);
    x = sum(block.xMid, linear(block.act, out("mlp.fc_out.weight"), out("mlp.fc_out.bias")));
  }
  const norm = layerNorm(x, w("ln_final.weight"), w("ln_final.bias"));
  const logits = product([rows, V, C], rowMajor(norm, C), transposed(token, C));
  return { blocks, x, norm, logits };
}

/** dx = dy·Wᵀ, continuing the folds in `start`. */
function linearBack(dy: Float32Array, w: Float32Array, n: number, start?: Float32Array) {
  const k = w.length / n, rows = dy.length / n;
  return product([rows, k, n], rowMajor(dy, n), transposed(w, n), start);
}

/** Sets dW = xᵀ·dy and db = Σ_r dy, rows ascending. */
function weightGradient(
  dw: Float32Array,
  db: Float32Array,
  x: Float32Array,
  dy: Float32Array,
): void {
  const n = db.length, k = dw.length / n, rows = dy.length / n;
  dw.set(product([k, n, rows], transposed(x, k), rowMajor(dy, n)));
  db.set(columnSums(dy, rows, n));
}

/** Layer norm on the residual path: sets its parameters' gradients, returns dx + its gradient. */
function throughNorm(
  d: Tensors,
  w: Tensors,
  name: string,
  dx: Float32Array,
  dNorm: Float32Array,
  x: Float32Array,
): Float32Array<ArrayBuffer> {
  const back = layerNormBackward(dNorm, x, w(`${name}.weight`));
  d(`${name}.weight`).set(back.dGain);
  d(`${name}.bias`).set(back.dBias);
  return sum(dx, back.dx);
}

function backwardBlock(
  config: ModelConfig,
  w: Tensors,
  d: Tensors,
  a: Block,
  dx: Float32Array,
  T: number,
): Float32Array<ArrayBuffer> {
  const { dModel: C, dMlp: F } = config;
  weightGradient(d("mlp.fc_out.weight"), d("mlp.fc_out.bias"), a.act, dx);
  const dAct = linearBack(dx, w("mlp.fc_out.weight"), C);
  const dh = dAct.map((value, i) => f32(value * geluSlope(a.h[i])));
  weightGradient(d("mlp.fc_in.weight"), d("mlp.fc_in.bias"), a.norm2, dh);
  const dMid = throughNorm(d, w, "ln2", dx, linearBack(dh, w("mlp.fc_in.weight"), F), a.xMid);

  weightGradient(d("attn.o_proj.weight"), d("attn.o_proj.bias"), a.o, dMid);
  const dO = linearBack(dMid, w("attn.o_proj.weight"), C);
  const [dq, dk, dv] = perSequence(T, C, [dO, a.q, a.k, a.v], (...parts) => {
    const [dout, q, k, v] = parts;
    const back = attentionBackward(dout, q, k, v, attentionShape(config, T));
    return [back.dq, back.dk, back.dv];
  });
  // One fold over the columns of [dq dk dv].
  let dNorm: Float32Array | undefined;
  for (const [name, dy] of [["q", dq], ["k", dk], ["v", dv]] as const) {
    weightGradient(d(`attn.${name}_proj.weight`), d(`attn.${name}_proj.bias`), a.norm1, dy);
    dNorm = linearBack(dy, w(`attn.${name}_proj.weight`), C, dNorm);
  }
  return throughNorm(d, w, "ln1", dMid, dNorm!, a.x);
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
  const token = w("token_embedding.weight"), dToken = d("token_embedding.weight");
  dToken.set(product([V, C, rows], transposed(dLogits, V), rowMajor(a.norm, C)));
  const dNorm = product([rows, C, V], rowMajor(dLogits, V), rowMajor(token, C));
  const final = layerNormBackward(dNorm, a.x, w("ln_final.weight"));
  d("ln_final.weight").set(final.dGain);
  d("ln_final.bias").set(final.dBias);
  let dx = final.dx;
  for (let i = layers - 1; i >= 0; i--) {
    dx = backwardBlock(config, inBlock(w, i), inBlock(d, i), a.blocks[i], dx, T);
  }
  const dPosition = d("position_embedding.weight").fill(0);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < C; i++) {
      const t = tokens[r] * C + i, p = (r % T) * C + i;
      dToken[t] = f32(dToken[t] + dx[r * C + i]);
      dPosition[p] = f32(dPosition[p] + dx[r * C + i]);
    }
  }
}
