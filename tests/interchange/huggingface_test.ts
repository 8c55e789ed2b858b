import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { bytesOf, equalBytes } from "../../lib/bytes.ts";
import { FormatError, ValidationError } from "../../lib/errors.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { readHfConfig } from "../../lib/interchange/hf_config.ts";
import { exportModel, importModel } from "../../lib/interchange/huggingface.ts";
import { sourceOf, type TensorToWrite } from "../../lib/interchange/safetensors.ts";
import { MODERN, someWeights, TINY } from "../format/tinygpt_files.ts";
import { fileOfTensors, FOLDERS, readBytes, readJson, tensorsOf } from "./models.ts";

async function imported(folder: string) {
  const config = await readJson(`${folder}/config.json`);
  return await importModel(config, sourceOf(await readBytes(`${folder}/model.safetensors`)));
}

/** Exported and imported again. */
async function again(config: ModelConfig, weights: Float32Array) {
  const { configJson, tensors } = exportModel(config, weights);
  const json = JSON.parse(JSON.stringify(configJson));
  return await importModel(json, sourceOf(fileOfTensors(tensors)));
}

describe("models of Hugging Face", () => {
  it("have the shapes their config.json says", async () => {
    const sizes = { layers: 2, dModel: 16, ctx: 24, dMlp: 64, vocabSize: 261 };
    assert.deepEqual((await imported("gpt2")).config, {
      ...sizes,
      heads: 2,
      imported: { gelu: "tanh" },
    });
    assert.deepEqual((await imported("gpt_neo")).config, {
      ...sizes,
      heads: 4,
      imported: {
        gelu: "tanh",
        normEpsilon: 1e-3,
        attentionScale: 1,
        windows: [0, 5],
        withoutBias: ["attn.q_proj", "attn.k_proj", "attn.v_proj"],
      },
    });
    const arch = {
      norm: "rmsnorm",
      positions: "rotary",
      rotaryBase: 10_000,
      mlp: "swiglu",
      head: "untied",
      biases: false,
      kvHeads: 2,
    };
    assert.deepEqual((await imported("llama")).config, {
      ...sizes,
      heads: 4,
      dMlp: 44,
      vocabSize: 291,
      arch,
    });
    assert.deepEqual((await imported("llama3")).config, {
      ...sizes,
      layers: 1,
      dModel: 32,
      heads: 2,
      dMlp: 44,
      arch: { ...arch, rotaryBase: 500, head: "tied", biases: true, kvHeads: 1 },
      imported: {
        normEpsilon: 1e-6,
        rotaryScaling: {
          type: "llama3",
          factor: 8,
          lowFrequencyFactor: 1,
          highFrequencyFactor: 4,
          originalContext: 16,
        },
        withoutBias: ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
      },
    });
  });

  for (const folder of FOLDERS) {
    it(`are the same to the bit after export and import: ${folder}`, async () => {
      const { family, config, weights } = await imported(folder);
      const copy = await again(config, weights);
      assert.equal(copy.family, family);
      assert.deepEqual(copy.config, config);
      assert.ok(equalBytes(bytesOf(copy.weights), bytesOf(weights)));
    });
  }

  it("may be ours: GPT-2 with exact GELU, Llama, and mixes a Llama has", async () => {
    const arch = MODERN.arch!;
    const shapes: [ModelConfig, string][] = [
      [TINY, "gpt2"],
      [MODERN, "llama"],
      [{ ...MODERN, arch: { ...arch, biases: true } }, "llama"],
      [{ ...MODERN, arch: { ...arch, head: "tied", kvHeads: 2 } }, "llama"],
      [{
        ...TINY,
        arch: {
          ...arch,
          norm: "layernorm",
          positions: "learned",
          mlp: "gelu",
          rotaryBase: undefined,
          biases: true,
          kvHeads: 2,
        },
      }, "gpt2"],
    ];
    for (const [config, family] of shapes) {
      const plain = JSON.parse(JSON.stringify(config));
      const weights = someWeights(plain);
      const copy = await again(plain, weights);
      assert.equal(copy.family, family);
      assert.deepEqual(copy.config, plain);
      assert.ok(equalBytes(bytesOf(copy.weights), bytesOf(weights)));
    }
  });

  it("cannot have every mix of ours", () => {
    const config: ModelConfig = { ...MODERN, arch: { ...MODERN.arch!, norm: "layernorm" } };
    assert.throws(
      () => exportModel(config, someWeights(config)),
      (error) => error instanceof ValidationError && /shape/.test(error.message),
    );
  });

  it("may name their tensors without the prefix, hold mask buffers and repeat a tied head", async () => {
    const { config, weights } = await imported("gpt_neo");
    const tensors = await tensorsOf(await readBytes("gpt_neo/model.safetensors"));
    const changed: TensorToWrite[] = [
      ...tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace("transformer.", "") })),
      { name: "h.0.attn.attention.bias", shape: [4], values: () => new Float32Array(4) },
      { name: "h.1.attn.attention.masked_bias", shape: [], values: () => new Float32Array(1) },
      { name: "lm_head.weight", shape: [261, 16], values: () => new Float32Array(261 * 16) },
    ];
    const json = await readJson("gpt_neo/config.json");
    const copy = await importModel(json, sourceOf(fileOfTensors(changed)));
    assert.deepEqual(copy.config, config);
    assert.ok(equalBytes(bytesOf(copy.weights), bytesOf(weights)));
  });

  it("are refused when tensors are missing, of another shape or unknown", async () => {
    const json = await readJson("llama/config.json");
    const tensors = await tensorsOf(await readBytes("llama/model.safetensors"));
    const refused = async (changed: TensorToWrite[], message: RegExp) =>
      await assert.rejects(
        importModel(json, sourceOf(fileOfTensors(changed))),
        (error) => error instanceof FormatError && message.test(error.message),
      );
    const [first, ...rest] = tensors;
    await refused(rest, /expected model\.embed_tokens\.weight \[291,16\], got no such tensor/);
    await refused([{ ...first, shape: [16, 291] }, ...rest], /\[291,16\], got \[16,291\]/);
    const more = { name: "model.layers.0.self_attn.q_norm.weight", shape: [4] };
    await refused([...tensors, { ...more, values: () => new Float32Array(4) }], /q_norm/);
    await refused(tensors.filter(({ name }) => name !== "lm_head.weight"), /lm_head\.weight/);
  });
});

describe("a config.json", () => {
  it("is refused for other models and options, naming the field", async () => {
    const gpt2 = await readJson("gpt2/config.json");
    const neo = await readJson("gpt_neo/config.json");
    const llama = await readJson("llama/config.json");
    const cases: [unknown, RegExp][] = [
      [null, /model_type: expected one of gpt2, gpt_neo, llama, got nothing/],
      [{ ...gpt2, model_type: "bert" }, /got "bert"/],
      [{ ...gpt2, model_type: "toString" }, /model_type/],
      [{ ...gpt2, n_embd: undefined }, /n_embd: expected a whole number, got nothing/],
      [{ ...gpt2, n_layer: 1.5 }, /n_layer: expected a whole number, got 1\.5/],
      [{ ...gpt2, activation_function: "relu" }, /activation_function: expected one of gelu, /],
      [{ ...gpt2, scale_attn_weights: false }, /scale_attn_weights: expected true/],
      [{ ...gpt2, scale_attn_by_inverse_layer_idx: true }, /expected false/],
      [{ ...neo, attention_types: [[["global"], 1]] }, /kinds of 2 layers, got 1/],
      [{ ...neo, attention_types: [[["sparse"], 2]] }, /"global" or "local"/],
      [{ ...neo, attention_types: [[[], 2 ** 40]] }, /attention_types\.0\.0: expected some kind/],
      [{ ...neo, num_layers: 2 ** 40 }, /num_layers: expected at most 256/],
      [{ ...llama, hidden_act: "gelu" }, /hidden_act: expected "silu"/],
      [{ ...llama, head_dim: 8 }, /head_dim: expected .* 4, got 8/],
      [{ ...llama, rope_scaling: { rope_type: "yarn", factor: 2 } }, /default, linear or llama3/],
      [{ ...llama, rope_scaling: { type: "linear" } }, /rope_scaling\.factor: expected a number/],
    ];
    for (const [json, message] of cases) {
      assert.throws(
        () => readHfConfig(json),
        (error) => error instanceof ValidationError && message.test(error.message),
        String(message),
      );
    }
  });

  it("may state rotary positions in either place, and windows that hide nothing", async () => {
    const { rope_theta: _, ...llama } = await readJson("llama/config.json");
    const rope_parameters = { rope_type: "linear", rope_theta: 5e5, factor: 2 };
    const { arch, imported } = readHfConfig({ ...llama, rope_parameters }).config;
    assert.equal(arch?.rotaryBase, 5e5);
    assert.deepEqual(imported, { rotaryScaling: { type: "linear", factor: 2 } });
    const neo = await readJson("gpt_neo/config.json");
    const wide = readHfConfig({ ...neo, window_size: 256 }).config;
    assert.equal(wide.imported?.windows, undefined);
  });
});
