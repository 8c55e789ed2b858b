// jax-js in the comparison: WebAssembly backend, one compiled function for the whole step.
// Arrays are owned: passing one on gives it away, `.ref` keeps it (README of @jax-js/jax).

import { blockUntilReady, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { ModelConfig } from "../../lib/format/config.ts";
import { ADAMW, type Contender, NORM_EPSILON, serve, tensorsByName } from "./contender.ts";

type Tensors = Record<string, np.Array>;

function layerNorm(p: Tensors, name: string, x: np.Array): np.Array {
  return nn.standardize(x, -1, { epsilon: NORM_EPSILON }).mul(p[`${name}.weight`])
    .add(p[`${name}.bias`]);
}

function linear(p: Tensors, name: string, x: np.Array): np.Array {
  return np.matmul(x, p[`${name}.weight`]).add(p[`${name}.bias`]);
}

/** Mean cross-entropy of a batch; consumes every tensor of `p` once. */
function loss(
  config: ModelConfig,
  batchSize: number,
  p: Tensors,
  tokens: np.Array,
  targets: np.Array,
) {
  const { ctx, layers, dModel, heads, vocabSize } = config;
  const table = p["token_embedding.weight"];
  let x = np.matmul(nn.oneHot(tokens, vocabSize), table.ref).add(p["position_embedding.weight"]);
  for (let i = 0; i < layers; i++) {
    const block = `blocks.${i}`;
    const normed = layerNorm(p, `${block}.ln1`, x.ref);
    const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) =>
      linear(p, `${block}.attn.${name}`, normed.ref)
        .reshape([batchSize, ctx, heads, dModel / heads])
    );
    normed.dispose();
    const mixed = nn.dotProductAttention(q, k, v, { isCausal: true });
    x = x.add(linear(p, `${block}.attn.o_proj`, mixed.reshape([batchSize, ctx, dModel])));
    const hidden = linear(p, `${block}.mlp.fc_in`, layerNorm(p, `${block}.ln2`, x.ref));
    x = x.add(linear(p, `${block}.mlp.fc_out`, nn.gelu(hidden, { approximate: false })));
  }
  const logits = np.matmul(layerNorm(p, "ln_final", x), table.transpose());
  const picked = nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, vocabSize));
  return picked.sum().mul(-1 / (batchSize * ctx));
}

/** The step as one compiled function of weights, moments, batch and bias corrections. */
function compileStep(config: ModelConfig, batchSize: number, decays: Map<string, boolean>) {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = ADAMW;
  const gradient = valueAndGrad((p: Tensors, tokens: np.Array, targets: np.Array) =>
    loss(config, batchSize, p, tokens, targets)
  );
  // deno-fmt-ignore
  return jit((w: Tensors, m: Tensors, v: Tensors, tokens: np.Array, targets: np.Array, c1: np.Array, c2: np.Array) => {
    const [nats, g] = gradient(tree.ref(w) as Tensors, tokens, targets) as [np.Array, Tensors];
    const next = { w: {} as Tensors, m: {} as Tensors, v: {} as Tensors };
    for (const [name, decay] of decays) {
      next.m[name] = m[name].mul(beta1).add(g[name].ref.mul(1 - beta1));
      next.v[name] = v[name].mul(beta2).add(np.square(g[name]).mul(1 - beta2));
      const scale = np.sqrt(next.v[name].ref.mul(c2.ref)).add(epsilon);
      const change = next.m[name].ref.mul(c1.ref).div(scale);
      const shrunk = w[name].ref.mul(1 - (decay ? learningRate * weightDecay : 0));
      w[name].dispose();
      next.w[name] = shrunk.sub(change.mul(learningRate));
    }
    c1.dispose();
    c2.dispose();
    return { nats, ...next };
  });
}

const jax: Contender = {
  async train({ config, batchSize, weights, tokens, targets }) {
    await init("wasm");
    const tensors = [...tensorsByName(config, weights)];
    const fill = (make: (values: Float32Array) => Float32Array): Tensors =>
      Object.fromEntries(tensors.map(([name, { shape, values }]) => [
        name,
        np.array(make(values) as Float32Array<ArrayBuffer>).reshape([...shape]),
      ]));
    const zeros = (values: Float32Array) => new Float32Array(values.length);
    let w = fill((values) => values), m = fill(zeros), v = fill(zeros);
    const ids = (values: Int32Array) =>
      np.array(values as Int32Array<ArrayBuffer>, { dtype: np.int32 })
        .reshape([batchSize, config.ctx]);
    const inputs = ids(tokens), outputs = ids(targets);
    const decays = new Map(tensors.map(([name, { decay }]) => [name, decay]));
    const step = compileStep(config, batchSize, decays);
    let steps = 0;
    return {
      async step() {
        steps++;
        const c1 = np.array(1 / (1 - ADAMW.beta1 ** steps));
        const c2 = np.array(1 / (1 - ADAMW.beta2 ** steps));
        const next = step(w, m, v, inputs.ref, outputs.ref, c1, c2);
        ({ w, m, v } = next);
        await blockUntilReady([w, m, v]);
        return (await next.nats.data())[0];
      },
    };
  },
};

serve(jax);
