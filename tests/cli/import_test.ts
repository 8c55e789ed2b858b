// import and export, on the small models of tests/fixtures/huggingface.

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../lib/bytes.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { cli, cliError, cliJson } from "../support/cli.ts";

const FIXTURES = "tests/fixtures/huggingface";

describe("import and export", () => {
  it("go from a folder to a file and back, tokenizer included, bit for bit", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/neo.tinygpt`, again = `${folder}/again.tinygpt`;
    const { digest } = await cliJson("import", `${FIXTURES}/gpt_neo`, "--out", file);
    const { modelType, tokenizer } = await cliJson("export", file, "--out", `${folder}/hf`);
    assert.equal(modelType, "gpt_neo");
    assert.equal(tokenizer, true);
    const { digest: copy } = await cliJson("import", `${folder}/hf`, "--out", again);
    assert.equal(copy, digest);
    assert.ok(equalBytes(await Deno.readFile(again), await Deno.readFile(file)));
    const read = readTinygpt(await Deno.readFile(file));
    assert.deepEqual(read.header.raw.origin, { format: "huggingface", modelType: "gpt_neo" });
    assert.equal(read.recipe, null);
    // Nothing of the file is copied where it need not be.
    assert.ok(read.weights.byteOffset > 0);
    await Deno.remove(folder, { recursive: true });
  });

  it("make models that score and write as any other, of external provenance", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/llama.tinygpt`;
    await cliJson("import", `${FIXTURES}/llama`, "--out", file);
    const benchmark = ["--benchmark", "tinystories-ppl@1"];
    const { scores: [{ score }] } = await cliJson<{ scores: { score: number }[] }>(
      "score",
      file,
      ...benchmark,
    );
    // Random weights know less than nothing.
    assert.ok(score > 256 && score < 1e5, `${score}`);
    const written = ["--prompt", "Once upon", "--bytes", "12"];
    const one = await cliJson("generate", file, ...written, "--threads", "1");
    assert.deepEqual(await cliJson("generate", file, ...written, "--threads", "2"), one);
    const { verdict } = await cliJson("verify", file);
    assert.equal(verdict, "external");
    await Deno.remove(folder, { recursive: true });
  });

  it("say what is missing or too large", async () => {
    const folder = await Deno.makeTempDir();
    const out = `${folder}/x.tinygpt`;
    const none = await cliError("import", folder, "--out", out);
    assert.match(none.stderr, /no file or folder .*config\.json/);
    await Deno.copyFile(`${FIXTURES}/gpt2/config.json`, `${folder}/config.json`);
    const noWeights = await cliError("import", folder, "--out", out);
    assert.match(noWeights.stderr, /model\.safetensors/);
    await Deno.copyFile(`${FIXTURES}/gpt2/model.safetensors`, `${folder}/model.safetensors`);
    const { code, stderr } = await cli("import", folder, "--out", out);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /no tokenizer and cannot be scored/);
    await Deno.writeFile(`${folder}/tokenizer.json`, new Uint8Array(8 * 2 ** 20));
    const large = await cliError("import", folder, "--out", out);
    assert.match(large.stderr, /tokenizer\.json is too large/);
    await Deno.remove(folder, { recursive: true });
  });
});
