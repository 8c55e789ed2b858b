// TensorFlow.js in the comparison: WebAssembly backend, with threads where the page is isolated.

import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import * as tf from "@tensorflow/tfjs-core";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { ModelConfig } from "../../lib/format/config.ts";
import { ADAMW, type Contender, NORM_EPSILON, serve, tensorsByName } from "./contender.ts";

type Tensors = Map<string, tf.Tensor>;

function layerNorm(p: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const normed = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, NORM_EPSILON)));
  return tf.add(tf.mul(normed, p.get(`${name}.weight`)!), p.get(`${name}.bias`)!);
}

function linear(p: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return tf.add(tf.matMul(x, p.get(`${name}.weight`)!), p.get(`${name}.bias`)!);
}

function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** What the loss needs of a batch, made once. */
interface Constants {
  /** [rows, vocabSize] one-hot: the backend has no gradient of a look-up. */
  inputs: tf.Tensor;
  outputs: tf.Tensor;
  /** [ctx, ctx]: 0 up to the diagonal, far below 0 above it. */
  mask: tf.Tensor;
}

function loss(config: ModelConfig, batchSize: number, p: Tensors, constants: Constants): tf.Scalar {
  const { ctx, layers, dModel, heads } = config;
  const rows = batchSize * ctx;
  const table = p.get("token_embedding.weight")!;
  const looked = tf.reshape(tf.matMul(constants.inputs, table), [batchSize, ctx, dModel]);
  let x = tf.reshape(tf.add(looked, p.get("position_embedding.weight")!), [rows, dModel]);
  for (let i = 0; i < layers; i++) {
    const block = `blocks.${i}`;
    const normed = layerNorm(p, `${block}.ln1`, x);
    const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) => {
      const columns = linear(p, `${block}.attn.${name}`, normed);
      return tf.transpose(tf.reshape(columns, [batchSize, ctx, heads, dModel / heads]), [
        0,
        2,
        1,
        3,
      ]);
    });
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(dModel / heads));
    const mixed = tf.matMul(tf.softmax(tf.add(scores, constants.mask)), v);
    const columns = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows, dModel]);
    x = tf.add(x, linear(p, `${block}.attn.o_proj`, columns));
    const hidden = linear(p, `${block}.mlp.fc_in`, layerNorm(p, `${block}.ln2`, x));
    x = tf.add(x, linear(p, `${block}.mlp.fc_out`, gelu(hidden)));
  }
  const logits = tf.matMul(layerNorm(p, "ln_final", x), table, false, true);
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), constants.outputs)), -1 / rows);
}

interface Weight {
  name: string;
  decay: boolean;
  w: tf.Variable;
  m: tf.Variable;
  v: tf.Variable;
}

function update({ w, m, v, decay }: Weight, g: tf.Tensor, step: number): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = ADAMW;
  m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
  v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
  const scale = tf.add(tf.sqrt(tf.mul(v, 1 / (1 - beta2 ** step))), epsilon);
  const change = tf.div(tf.mul(m, learningRate / (1 - beta1 ** step)), scale);
  const shrunk = decay ? tf.mul(w, 1 - learningRate * weightDecay) : w;
  w.assign(tf.sub(shrunk, change));
}

const tfjs: Contender = {
  async train({ config, batchSize, weights, tokens, targets }) {
    setWasmPaths("/packages/tfjs/");
    setThreadsCount(navigator.hardwareConcurrency);
    if (!await tf.setBackend("wasm")) throw new Error("tfjs has no WebAssembly backend here");
    const all: Weight[] = [...tensorsByName(config, weights)].map(
      ([name, { shape, decay, values }]) => ({
        name,
        decay,
        w: tf.variable(tf.tensor(values, [...shape])),
        m: tf.variable(tf.zeros([...shape]), false),
        v: tf.variable(tf.zeros([...shape]), false),
      }),
    );
    const p: Tensors = new Map(all.map(({ name, w }) => [name, w]));
    const oneHot = (ids: Int32Array) => tf.cast(tf.oneHot(ids, config.vocabSize), "float32");
    const { ctx } = config;
    const above = Float32Array.from(
      { length: ctx * ctx },
      (_, i) => i % ctx > Math.floor(i / ctx) ? -1e9 : 0,
    );
    const mask = tf.tensor(above, [ctx, ctx]);
    const constants = { inputs: oneHot(tokens), outputs: oneHot(targets), mask };
    let steps = 0;
    return {
      async step() {
        steps++;
        const nats = tf.tidy(() => {
          const { value, grads } = tf.variableGrads(() => loss(config, batchSize, p, constants));
          for (const weight of all) update(weight, grads[weight.w.name], steps);
          return value;
        });
        const [value] = await nats.data();
        nats.dispose();
        return value;
      },
    };
  },
};

serve(tfjs);
