import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { bytesOf, concatBytes, uint32le } from "../../lib/bytes.ts";
import { FormatError } from "../../lib/errors.ts";
import { type Architecture, describeArchitecture } from "../../lib/format/architecture.ts";
import { type ModelConfig, parameterCount, tensorSpecs } from "../../lib/format/config.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import { readHeader, readTinygpt } from "../../lib/format/read.ts";
import { packAs, writeTinygpt } from "../../lib/format/write.ts";
import { fileOf, MODERN, someWeights, TINY } from "./tinygpt_files.ts";

const CLASSIC: Architecture = {
  norm: "layernorm",
  positions: "learned",
  mlp: "gelu",
  head: "tied",
  biases: true,
  kvHeads: 2,
};

function shapes(config: ModelConfig): string[] {
  return tensorSpecs(config).map(({ name, shape }) => `${name} [${shape}]`);
}

function withArch(change: Partial<Architecture>): ModelConfig {
  return { ...TINY, arch: { ...CLASSIC, ...change } };
}

/** The error for a file with this block. */
function refusal(arch: unknown, version = 3): FormatError {
  const config = { ...TINY, arch };
  try {
    readHeader(fileOf({ config, includesOptimizerState: false }, new Uint8Array(), version));
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return error;
  }
  assert.fail("the header was read");
}

describe("the tensors of a model", () => {
  it("with everything on are those of a Llama, globals first", () => {
    assert.deepEqual(shapes(MODERN), [
      "token_embedding.weight [7,4]",
      "ln_final.weight [4]",
      "lm_head.weight [7,4]",
      "blocks.0.ln1.weight [4]",
      "blocks.0.attn.q_proj.weight [4,4]",
      "blocks.0.attn.k_proj.weight [4,2]",
      "blocks.0.attn.v_proj.weight [4,2]",
      "blocks.0.attn.o_proj.weight [4,4]",
      "blocks.0.ln2.weight [4]",
      "blocks.0.mlp.gate_proj.weight [4,5]",
      "blocks.0.mlp.up_proj.weight [4,5]",
      "blocks.0.mlp.down_proj.weight [5,4]",
    ]);
  });

  it("have biases where they are asked for, an RMS norm never", () => {
    const names = (change: Partial<Architecture>) =>
      tensorSpecs(withArch(change)).map(({ name }) => name).filter((name) => /bias$/.test(name));
    assert.deepEqual(names({ biases: false }), []);
    assert.deepEqual(names({ norm: "rmsnorm", mlp: "swiglu" }), [
      "blocks.0.attn.q_proj.bias",
      "blocks.0.attn.k_proj.bias",
      "blocks.0.attn.v_proj.bias",
      "blocks.0.attn.o_proj.bias",
      "blocks.0.mlp.gate_proj.bias",
      "blocks.0.mlp.up_proj.bias",
      "blocks.0.mlp.down_proj.bias",
    ]);
  });

  it("change by the one that an option is about", () => {
    const classic = shapes(TINY);
    const gained = (change: Partial<Architecture>) =>
      shapes(withArch(change)).filter((line) => !classic.includes(line));
    const lost = (change: Partial<Architecture>) => {
      const left = shapes(withArch(change));
      return classic.filter((line) => !left.includes(line));
    };
    assert.deepEqual(gained({ head: "untied" }), ["lm_head.weight [7,4]"]);
    assert.deepEqual(lost({ head: "untied" }), []);
    assert.deepEqual(lost({ positions: "rotary" }), ["position_embedding.weight [3,4]"]);
    assert.deepEqual(gained({ positions: "rotary" }), []);
    assert.deepEqual(gained({ kvHeads: 1 }), [
      "blocks.0.attn.k_proj.weight [4,2]",
      "blocks.0.attn.k_proj.bias [2]",
      "blocks.0.attn.v_proj.weight [4,2]",
      "blocks.0.attn.v_proj.bias [2]",
    ]);
  });
});

describe("a file with an architecture", () => {
  it("is of version 3 and gives its shape and weights back, in every dtype", () => {
    const weights = someWeights(MODERN);
    for (const dtype of ["fp32", "fp16", "int4"] as const) {
      const file = readTinygpt(writeTinygpt({ config: MODERN, step: 2, weights, dtype }));
      assert.equal(file.version, 3);
      assert.deepEqual(file.config, MODERN);
      assert.deepEqual(file.weights, packAs(weights, dtype, MODERN));
    }
    const [m, v] = [someWeights(MODERN, 2), someWeights(MODERN, 3)];
    const file = readTinygpt(
      writeTinygpt({ config: MODERN, step: 2, weights, m, v, dtype: "fp32" }),
    );
    assert.deepEqual([file.weights, file.m, file.v], [weights, m, v]);
  });

  it("cannot have its block replaced by a caller's header field", () => {
    const weights = someWeights(TINY), header = { config: { arch: MODERN.arch } };
    const file = readTinygpt(
      writeTinygpt({ config: TINY, step: 0, weights, dtype: "fp32", header }),
    );
    assert.deepEqual(file.config, TINY);
    assert.equal(file.version, 2);
  });

  it("has another digest than the same numbers in another shape", async () => {
    const same = { ...MODERN, arch: { ...MODERN.arch!, rotaryBase: 20_000 } };
    const weights = someWeights(MODERN);
    assert.notEqual(await modelDigest(same, weights), await modelDigest(MODERN, weights));
  });

  it("is refused under a version whose readers would misread it, and the reverse", () => {
    assert.match(refusal(MODERN.arch, 2).message, /version 3 for a header with config\.arch/);
    assert.equal(refusal(MODERN.arch, 1).offset, 4);
    const state = concatBytes([uint32le(0), bytesOf(someWeights(TINY))]);
    const plain = fileOf({ config: TINY, includesOptimizerState: false }, state, 3);
    assert.throws(() => readTinygpt(plain), /config\.arch in the header of version 3/);
  });

  it("is refused when its block is another form of a shape, or none", () => {
    const bad: [unknown, RegExp][] = [
      [CLASSIC, /config\.arch: expected a shape other than the one without arch/],
      [{ ...CLASSIC, biases: false, kvHeads: 3 }, /arch\.kvHeads: expected a divisor of heads 2/],
      [{ ...CLASSIC, kvHeads: 0 }, /arch\.kvHeads: expected a number above 0/],
      [{ ...CLASSIC, kvHeads: 1, rotaryBase: 1e4 }, /arch\.rotaryBase: expected nothing/],
      [{ ...CLASSIC, positions: "rotary" }, /arch\.rotaryBase: expected a base/],
      [{ ...CLASSIC, positions: "rotary", rotaryBase: 1 }, /arch\.rotaryBase: .* at least 2/],
      [{ ...CLASSIC, positions: "rotary", rotaryBase: 1e10 }, /arch\.rotaryBase: .* at most/],
      [{ ...CLASSIC, norm: "rms" }, /arch\.norm: expected "layernorm" or "rmsnorm", got "rms"/],
      [{ ...CLASSIC, kvHeads: 1, dropout: 0.1 }, /arch: expected no key named dropout/],
      [{ norm: "rmsnorm" }, /arch\.positions: expected "learned" or "rotary", got nothing/],
      ["llama", /config\.arch: expected an object, got "llama"/],
      [null, /config\.arch: expected an object/],
    ];
    for (const [arch, message] of bad) assert.match(refusal(arch).message, message);
  });
});

describe("an architecture in words", () => {
  it("names every part", () => {
    assert.equal(
      describeArchitecture(MODERN),
      "RMS norm, rotary positions (base 10000), SwiGLU, untied head, no biases, 1 key-value head",
    );
    assert.equal(
      describeArchitecture(TINY),
      "layer norm, learned positions, GELU, tied head, biases",
    );
  });

  it("counts the weights it has", () => {
    assert.equal(parameterCount(MODERN), 28 + 4 + 28 + 4 + 16 + 8 + 8 + 16 + 4 + 20 + 20 + 20);
  });
});
