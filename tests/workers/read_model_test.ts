import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { bytesOf, equalBytes } from "../../lib/bytes.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { readModelBytes } from "../../workers/read_model.ts";
import { someWeights, TINY } from "../format/tinygpt_files.ts";

describe("a model file read from disk", () => {
  it("is held once: its fp32 weights are a view of what was read, wherever the header ends", async () => {
    const path = await Deno.makeTempFile();
    const weights = someWeights(TINY);
    for (const name of ["", "a", "ab", "abc"]) {
      const written = writeTinygpt({
        config: TINY,
        step: 1,
        weights,
        dtype: "fp32",
        header: { name },
      });
      await Deno.writeFile(path, written);
      const bytes = await readModelBytes(path);
      assert.ok(equalBytes(bytes, written));
      const file = readTinygpt(bytes);
      assert.equal(file.weights.buffer, bytes.buffer);
      assert.ok(equalBytes(bytesOf(file.weights), bytesOf(weights)));
    }
    await Deno.remove(path);
  });

  it("may be none at all", async () => {
    const path = await Deno.makeTempFile();
    for (const length of [0, 5, 12, 13]) {
      const junk = new Uint8Array(length).fill(0xff);
      await Deno.writeFile(path, junk);
      assert.ok(equalBytes(await readModelBytes(path), junk));
    }
    await Deno.remove(path);
  });
});
