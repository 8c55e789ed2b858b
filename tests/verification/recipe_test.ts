import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { CORPORA } from "../../lib/corpora/registry.ts";
import { ValidationError } from "../../lib/errors.ts";
import { replayBudget, trainingFlops, trainingTokens } from "../../lib/verification/cost.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { missingInputs, namedCorpora, recipeHash } from "../../lib/verification/recipe.ts";
import { exampleRecipe } from "./example.ts";

function refusal(value: unknown): ValidationError {
  try {
    parseRecipe(value);
  } catch (error) {
    assert.ok(error instanceof ValidationError);
    return error;
  }
  throw new assert.AssertionError({ message: "The recipe was accepted" });
}

/** The example with the value at a dotted path replaced. */
function changed(path: string, value: unknown): unknown {
  const recipe = structuredClone(exampleRecipe()) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop()!;
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, recipe);
  parent[last] = value;
  return recipe;
}

/** The dotted paths of every value in a document, objects and lists included. */
function leafPaths(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [at];
  const inner = Object.entries(value).flatMap(([key, child]) =>
    leafPaths(child, at === "" ? key : `${at}.${key}`)
  );
  return at === "" ? inner : [at, ...inner];
}

const BPE = {
  type: "bpe" as const,
  vocabSize: 512,
  maxEntryBytes: 16,
  trainedOn: { corpus: "tinyshakespeare", sha256: CORPORA[1].sha256 },
  sha256: "ab".repeat(32),
};
const bpeRecipe = (tokenizer: unknown = BPE, model: object = {}) => {
  const recipe = exampleRecipe();
  return { ...recipe, tokenizer, model: { ...recipe.model, vocabSize: 512, ...model } };
};

describe("a recipe with byte-pair encoding", () => {
  it("is accepted, and names its tokenizer's corpus", () => {
    const recipe = parseRecipe(bpeRecipe());
    assert.deepEqual(recipe.tokenizer, BPE);
    assert.deepEqual(namedCorpora(recipe).map(({ corpus }) => corpus), [
      "tinyshakespeare",
      "tinyshakespeare",
    ]);
    const sortOnly = { ...recipe, data: recipe.data.slice(1) };
    assert.deepEqual(namedCorpora(sortOnly), [BPE.trainedOn]);
  });

  it("cannot be replayed when the corpus of its tokenizer is not at hand", () => {
    const trainedOn = { corpus: "my-diary", sha256: BPE.sha256 };
    const recipe = parseRecipe(bpeRecipe({ ...BPE, trainedOn }));
    assert.deepEqual(missingInputs(recipe), ["corpus my-diary is not registered"]);
  });

  const bad: [string, unknown, string, RegExp][] = [
    [
      "another vocabulary",
      bpeRecipe(BPE, { vocabSize: 516 }),
      "model.vocabSize",
      /512 tokens: set/,
    ],
    ["bytes", bpeRecipe("bytes"), "model.vocabSize", /512, the tokenizer has 256 tokens/],
    ["an odd size", bpeRecipe({ ...BPE, vocabSize: 510 }), "tokenizer.vocabSize", /multiple of 4/],
    [
      "too many entries",
      bpeRecipe({ ...BPE, vocabSize: 8196 }),
      "tokenizer.vocabSize",
      /most 8192/,
    ],
    ["too long entries", bpeRecipe({ ...BPE, maxEntryBytes: 33 }), "tokenizer.maxEntryBytes", /32/],
    ["no hash", bpeRecipe({ ...BPE, sha256: undefined }), "tokenizer.sha256", /got nothing/],
    ["a key too many", bpeRecipe({ ...BPE, seed: 1 }), "tokenizer", /no key named seed/],
    ["another type", bpeRecipe({ ...BPE, type: "unigram" }), "tokenizer.type", /Expected "bpe"/],
    ["other text", bpeRecipe("words"), "tokenizer", /Expected "bytes" at recipe.tokenizer/],
  ];
  for (const [name, recipe, path, message] of bad) {
    it(`is refused with ${name}`, () => {
      const error = refusal(recipe);
      assert.equal(error.path, path);
      assert.match(error.message, message);
    });
  }
});

describe("parseRecipe", () => {
  it("accepts the example and returns it unchanged", () => {
    assert.deepEqual(parseRecipe(exampleRecipe()), exampleRecipe());
  });

  it("refuses a wrong value at its path, saying what it expected and got", () => {
    const cases: [string, unknown, string][] = [
      ["spec", "exact/2", 'Expected "exact/1" at recipe.spec, got "exact/2"'],
      ["model.layers", 0, "Expected a number at least 1 at recipe.model.layers, got 0"],
      ["steps", 1.5, "Expected a whole number at recipe.steps, got 1.5"],
      ["steps", 1e12, "Expected a number at most 10000000 at recipe.steps, got 1000000000000"],
      ["seed", -1, "Expected a number at least 0 at recipe.seed, got -1"],
      ["optimizer.zLoss", 0, "Expected a number above 0 at recipe.optimizer.zLoss, got 0"],
      ["optimizer.beta1", 1, "Expected a number below 1 at recipe.optimizer.beta1, got 1"],
      ["data.1.weight", "2", 'Expected a value of type number at recipe.data.1.weight, got "2"'],
      [
        "data",
        [],
        "Expected a list with a number of entries at least 1 at recipe.data, got a list of 0",
      ],
      ["author", undefined, "Expected a value of type string at recipe.author, got nothing"],
    ];
    for (const [path, value, message] of cases) {
      const error = refusal(changed(path, value));
      assert.equal(error.message, message);
      assert.equal(error.path, path);
      assert.ok(error.problem.fix);
    }
  });

  it("refuses shapes far over the caps without counting their tensors", () => {
    for (const value of [65, 1e6, 1e9, Number.MAX_SAFE_INTEGER]) {
      const error = refusal(changed("model.layers", value));
      assert.equal(
        error.message,
        `Expected a number at most 64 at recipe.model.layers, got ${value}`,
      );
    }
    assert.equal(refusal(changed("model.ctx", 1e300)).path, "model.ctx");
  });

  it("throws ValidationErrors only, with a short message, whatever stands in a field", () => {
    const paths = leafPaths(exampleRecipe());
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.anything({ withNullPrototype: true }),
        (path, value) => {
          try {
            parseRecipe(changed(path, value));
          } catch (error) {
            assert.ok(error instanceof ValidationError, String(error));
            assert.ok(error.message.length < 600, error.message);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("refuses unknown keys anywhere", () => {
    assert.match(refusal(changed("extra", 1)).message, /no key named extra/);
    assert.match(refusal(changed("model.dropout", 0.1)).message, /no key named dropout/);
    assert.match(refusal(changed("data.0.note", "x")).message, /no key named note/);
  });

  it("refuses what is no object", () => {
    for (const value of [null, 3, "recipe", []]) {
      assert.match(refusal(value).message, /^Expected a value of type object at recipe, got/);
    }
  });

  it("checks fields against each other and says how to mend them", () => {
    const cases: [string, unknown, string, RegExp][] = [
      ["model.heads", 3, "model.dModel", /multiple of 12/],
      ["model.heads", 4, "model.dModel", /multiple of 16/],
      ["model.ctx", 30, "data.1.generator", /needs a context of 31: raise model.ctx/],
      ["optimizer.schedule.warmupSteps", 11, "optimizer.schedule.warmupSteps", /lower warmupSteps/],
      ["optimizer.schedule.minLearningRate", 0.5, "optimizer.schedule.minLearningRate", /lower it/],
      [
        "optimizer.schedule",
        { name: "wsd", warmupSteps: 2, minLearningRate: 0 },
        "optimizer.schedule.decaySteps",
        /add it/,
      ],
      ["optimizer.schedule.decaySteps", 2, "optimizer.schedule.decaySteps", /remove it/],
      [
        "optimizer.schedule",
        { name: "wsd", warmupSteps: 2, decaySteps: 9, minLearningRate: 0 },
        "optimizer.schedule.decaySteps",
        /11 together, more than 10 steps/,
      ],
      [
        "optimizer",
        { ...exampleRecipe().optimizer, weightDecay: 0, weightDecayMask: "all" },
        "optimizer.weightDecayMask",
        /remove it/,
      ],
      ["steps", 40_001, "checkpointInterval", /set it to 5 or more/],
      ["data.1.params", { digits: 3 }, "data.1.params", /remove digits/],
      [
        "data.1",
        { generator: "reverse-16", version: 1, params: {}, weight: 1 },
        "data.1.params",
        /4 and 16/,
      ],
      [
        "model",
        { layers: 64, dModel: 4096, heads: 4, ctx: 48, dMlp: 64, vocabSize: 256 },
        "model",
        /shrink it/,
      ],
    ];
    for (const [path, value, at, fix] of cases) {
      const error = refusal(changed(path, value));
      assert.equal(error.path, at);
      assert.match(error.problem.fix!, fix);
    }
    assert.equal(refusal(exampleRecipe({ accumulationSteps: 1 })).path, "accumulationSteps");
    assert.match(
      refusal(exampleRecipe({ model: { ...exampleRecipe().model, ctx: 8192 }, batchSize: 129 }))
        .message,
      /lower batchSize/,
    );
    assert.match(
      refusal(exampleRecipe({ batchSize: 128, accumulationSteps: 1024 })).message,
      /lower accumulationSteps/,
    );
  });

  it("refuses names without a canonical text", () => {
    const cases: [string, unknown][] = [
      ["author", "\ud800"],
      ["author", "Ada\n"],
      ["data.0.corpus", "\ud800"],
      ["data.1.generator", "../sort-6"],
      ["data.1.params", { "\ud800": 1 }],
    ];
    for (const [path, value] of cases) {
      assert.ok(refusal(changed(path, value)).path.startsWith(path));
    }
  });

  it("turns −0 into 0, since both have one canonical text", () => {
    const recipe = parseRecipe(changed("optimizer.weightDecay", -0));
    assert.ok(Object.is(recipe.optimizer.weightDecay, 0));
  });
});

describe("options of the optimizer", () => {
  it("are accepted, and part of the hash", async () => {
    const { optimizer } = exampleRecipe();
    const schedule = { name: "wsd", warmupSteps: 2, decaySteps: 8, minLearningRate: 0 } as const;
    const hashes = new Set([await recipeHash(exampleRecipe())]);
    for (
      const change of [
        { zLoss: 1e-4 },
        { weightDecayMask: "no-embeddings" },
        { weightDecayMask: "all" },
        { schedule },
        { muon: { learningRate: 0.02, momentum: 0.95 } },
      ] as const
    ) {
      const recipe = parseRecipe(exampleRecipe({ optimizer: { ...optimizer, ...change } }));
      assert.deepEqual(recipe.optimizer, { ...optimizer, ...change });
      hashes.add(await recipeHash(recipe));
    }
    assert.equal(hashes.size, 6);
  });
});

describe("an architecture", () => {
  const modern = {
    norm: "rmsnorm",
    positions: "rotary",
    rotaryBase: 10_000,
    mlp: "swiglu",
    head: "untied",
    biases: false,
    kvHeads: 1,
  } as const;
  const withArch = (arch: unknown) => changed("model.arch", arch);

  it("is accepted, and part of the hash", async () => {
    const recipe = parseRecipe(withArch(modern));
    assert.deepEqual(recipe.model.arch, modern);
    const other = parseRecipe(withArch({ ...modern, rotaryBase: 500_000 }));
    assert.notEqual(await recipeHash(recipe), await recipeHash(other));
    assert.notEqual(await recipeHash(recipe), await recipeHash(exampleRecipe()));
  });

  it("has one form for each shape", () => {
    const { rotaryBase: _, ...noBase } = modern;
    const classic = { ...noBase, norm: "layernorm", positions: "learned", mlp: "gelu" };
    const cases: [unknown, string, RegExp][] = [
      [{ ...classic, head: "tied", biases: true, kvHeads: 2 }, "model.arch", /leave arch out/],
      [noBase, "model.arch.rotaryBase", /for example to 10000/],
      [{ ...modern, positions: "learned" }, "model.arch.rotaryBase", /leave rotaryBase out/],
      [{ ...modern, kvHeads: 3 }, "model.arch.kvHeads", /a divisor of 2/],
      [{ ...modern, norm: "rms" }, "model.arch.norm", /"layernorm" or "rmsnorm"/],
      [{ ...modern, dropout: 0 }, "model.arch", /Remove what is not known/],
      [{ norm: "rmsnorm" }, "model.arch.positions", /"learned" or "rotary"/],
    ];
    for (const [arch, path, fix] of cases) {
      const error = refusal(withArch(arch));
      assert.equal(error.path, path);
      assert.match(error.problem.fix!, fix);
    }
    assert.match(refusal(changed("model.imported", { gelu: "tanh" })).message, /named imported/);
  });

  it("is counted: what its products cost, and what it takes to replay", () => {
    const recipe = parseRecipe(withArch(modern)), plain = exampleRecipe();
    const { layers, dModel: C, dMlp: F, ctx: T, vocabSize: V } = recipe.model;
    let forward = 0;
    for (let t = 0; t < T; t++) {
      // One of two heads of keys: half of the columns.
      forward += layers * (2 * 2 * C * C + 2 * 2 * C * (C / 2) + 3 * 2 * C * F) + 2 * C * V;
      forward += layers * 2 * (2 * C * (t + 1));
    }
    assert.equal(trainingFlops(recipe), 3 * forward * recipe.batchSize * recipe.steps);
    assert.ok(replayBudget(recipe).memoryBytes > replayBudget(plain).memoryBytes);
  });
});

describe("missingInputs", () => {
  it("names corpora and generators this build does not hold", () => {
    assert.deepEqual(missingInputs(exampleRecipe()), []);
    const recipe = exampleRecipe({
      data: [
        { corpus: "my-diary", sha256: "00".repeat(32), weight: 1 },
        { corpus: "tinyshakespeare", sha256: "00".repeat(32), weight: 1 },
        { generator: "sort-6", version: 9, params: {}, weight: 1 },
      ],
    });
    assert.equal(missingInputs(parseRecipe(recipe)).length, 3);
  });
});

describe("recipeHash", () => {
  it("does not depend on the order of keys", async () => {
    const recipe = exampleRecipe();
    const reordered = Object.fromEntries(Object.entries(recipe).toReversed()) as typeof recipe;
    assert.equal(await recipeHash(reordered), await recipeHash(recipe));
  });

  it("keeps its value", async () => {
    assert.equal(
      await recipeHash(exampleRecipe()),
      "57fad27fe5db33377409c2d402fedaa6ab816661a89731dade7517cbb1c6f5f3",
    );
  });

  it("changes with every field", async () => {
    const hashes = new Set([await recipeHash(exampleRecipe())]);
    hashes.add(await recipeHash(exampleRecipe({ seed: 43 })));
    hashes.add(await recipeHash(exampleRecipe({ steps: 11 })));
    hashes.add(await recipeHash(exampleRecipe({ author: "Bob" })));
    assert.equal(hashes.size, 4);
  });
});

describe("trainingFlops", () => {
  it("counts what a loop over every matrix product counts", () => {
    const recipe = exampleRecipe();
    const { layers, dModel: C, dMlp: F, ctx: T, vocabSize: V } = recipe.model;
    let forward = 0;
    for (let t = 0; t < T; t++) {
      forward += layers * (4 * 2 * C * C + 2 * 2 * C * F) + 2 * C * V;
      forward += layers * 2 * (2 * C * (t + 1));
    }
    assert.equal(trainingFlops(recipe), 3 * forward * recipe.batchSize * recipe.steps);
  });

  it("counts Muon's matrix products, which no batch changes", () => {
    const { optimizer, model, steps } = exampleRecipe();
    const muon = { learningRate: 0.02, momentum: 0.95 };
    const change = { optimizer: { ...optimizer, muon } };
    const { layers, dModel: C, dMlp: F } = model;
    // Side² · longer side twice, side³ once, each 2 operations, five times.
    const square = 5 * (2 * 2 * C * C * C + 2 * C * C * C);
    const long = 5 * (2 * 2 * C * C * F + 2 * C * C * C);
    const extra = steps * layers * (4 * square + 2 * long);
    for (const batchSize of [1, 5]) {
      const plain = trainingFlops(exampleRecipe({ batchSize }));
      assert.equal(trainingFlops(exampleRecipe({ batchSize, ...change })) - plain, extra);
    }
    const memory = replayBudget(exampleRecipe()).memoryBytes;
    assert.ok(replayBudget(exampleRecipe(change)).memoryBytes > memory);
  });

  it("counts the rows of all micro-batches, memory those of one", () => {
    const whole = exampleRecipe({ batchSize: 12 });
    const parts = exampleRecipe({ batchSize: 3, accumulationSteps: 4 });
    assert.equal(trainingFlops(parts), trainingFlops(whole));
    assert.equal(trainingTokens(parts), trainingTokens(whole));
    const one = replayBudget(exampleRecipe({ batchSize: 3 })).memoryBytes;
    assert.ok(replayBudget(parts).memoryBytes - one < 0.1 * one);
  });

  it("is part of the replay budget, with tokens and memory", () => {
    const recipe = exampleRecipe();
    const budget = replayBudget(recipe);
    assert.equal(budget.flops, trainingFlops(recipe));
    assert.equal(budget.tokens, 10 * 2 * 48);
    assert.equal(budget.tokens, trainingTokens(recipe));
    assert.ok(budget.memoryBytes > 16 * 256 * 8);
  });
});
