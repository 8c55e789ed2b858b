import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { FormatError } from "../../lib/errors.ts";
import { type ModelConfig, parameterCount, tensorSpecs } from "../../lib/format/config.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import { describeImported, type ImportedOptions } from "../../lib/format/imported.ts";
import { readHeader, readTinygpt } from "../../lib/format/read.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { fileOf, MODERN, someWeights, TINY } from "./tinygpt_files.ts";

const NEO: ModelConfig = {
  ...TINY,
  layers: 2,
  imported: {
    gelu: "tanh",
    normEpsilon: 1e-3,
    attentionScale: 1,
    windows: [0, 2],
    withoutBias: ["attn.q_proj", "attn.k_proj", "attn.v_proj"],
  },
};

const LLAMA3 = {
  type: "llama3",
  factor: 8,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalContext: 8192,
} as const;

/** The message of the error for a file with this block. */
function refusal(imported: unknown, base: ModelConfig = TINY, version = 3): string {
  const config = { ...base, imported };
  try {
    readHeader(fileOf({ config, includesOptimizerState: false }, new Uint8Array(), version));
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return error.message;
  }
  assert.fail("the header was read");
}

describe("options of imported models", () => {
  it("come back from a file of version 3, and change the model's digest", async () => {
    const weights = someWeights(NEO);
    const file = readTinygpt(writeTinygpt({ config: NEO, step: 0, weights, dtype: "fp32" }));
    assert.equal(file.version, 3);
    assert.deepEqual(file.config, NEO);
    const digest = await modelDigest(NEO, weights);
    const other = { ...NEO, imported: { ...NEO.imported, windows: [1, 2] } };
    assert.notEqual(await modelDigest(other, weights), digest);
  });

  it("take biases from the projections they name, and from no other", () => {
    const names = (config: ModelConfig) => tensorSpecs(config).map(({ name }) => name);
    const lost = names({ ...NEO, imported: undefined }).filter((name) =>
      !names(NEO).includes(name)
    );
    assert.deepEqual(
      lost,
      [0, 1].flatMap((i) => ["q", "k", "v"].map((p) => `blocks.${i}.attn.${p}_proj.bias`)),
    );
    const classic = parameterCount({ ...NEO, imported: undefined });
    assert.equal(parameterCount(NEO), classic - 2 * 3 * TINY.dModel);
  });

  it("are said in words", () => {
    assert.equal(
      describeImported(NEO.imported),
      "GELU by tanh, norm epsilon 0.001, attention scale 1, windows of all, 2 keys, " +
        "no bias in attn.q_proj, attn.k_proj, attn.v_proj",
    );
    assert.equal(describeImported({ rotaryScaling: LLAMA3 }), "llama3 rotary scaling by 8");
    assert.equal(describeImported(undefined), "");
  });

  it("are refused where they are malformed, say nothing, or do not fit the shape", () => {
    const cases: [unknown, RegExp, ModelConfig?][] = [
      [{}, /config\.imported: expected some field/],
      [{ gelu: "erf" }, /"tanh"/],
      [{ speed: 1 }, /imported: expected an object of the fields/],
      [{ gelu: "tanh" }, /nothing beside SwiGLU/, MODERN],
      [{ normEpsilon: 1e-5 }, /something else than 0\.00001/],
      [{ normEpsilon: 0 }, /a number from 1e-12 to 1/],
      [{ attentionScale: Math.fround(Math.SQRT1_2) }, /something else than 1\/√/],
      [{ windows: [1, 1] }, /1 numbers, one for each layer, got 2/],
      [{ windows: [0] }, /one above 0/],
      [{ windows: [TINY.ctx] }, /numbers below 3/],
      [{ rotaryScaling: LLAMA3 }, /nothing beside learned positions/],
      [{ rotaryScaling: { type: "yarn" } }, /"linear" or "llama3"/, MODERN],
      [
        { rotaryScaling: { ...LLAMA3, highFrequencyFactor: 1 } },
        /above lowFrequencyFactor 1/,
        MODERN,
      ],
      [{ withoutBias: ["attn.q_proj"] }, /nothing in a model without biases/, MODERN],
      [{ withoutBias: ["mlp.up_proj"] }, /some, not all, of attn\.q_proj/],
      [{ withoutBias: ["attn.k_proj", "attn.q_proj"] }, /in order/],
      [{ withoutBias: ["lm_head"] }, /some of attn\.q_proj/],
      [{ withoutBias: Array(100_000).fill("lm_head") }, /at most 9 names/],
    ];
    for (const [imported, message, base] of cases) {
      assert.match(refusal(imported as ImportedOptions, base), message);
    }
  });

  it("are refused in a file of version 2", () => {
    assert.match(refusal({ gelu: "tanh" }, TINY, 2), /version 3 .*config\.imported/);
  });
});
