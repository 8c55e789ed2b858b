import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadSecret } from "../../lib/accounts/secret.ts";
import { IntegrityError } from "../../lib/errors.ts";

describe("the secret that signs sessions", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = `${await Deno.makeTempDir({ prefix: "tinyproof-secret-" })}/var`;
  });
  afterEach(() => Deno.remove(dataDir.slice(0, -4), { recursive: true }));

  it("is made once, kept, and readable by nobody else", async () => {
    const secret = await loadSecret({ dataDir });
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert.equal(await loadSecret({ dataDir }), secret);
    assert.equal((await Deno.stat(`${dataDir}/secret`)).mode! & 0o777, 0o600);
    const other = await loadSecret({ dataDir: `${dataDir}/other` });
    assert.notEqual(other, secret);
  });

  it("is the one of the settings, if there is one, and then no file", async () => {
    assert.equal(await loadSecret({ secret: "from outside", dataDir }), "from outside");
    await assert.rejects(Deno.stat(`${dataDir}/secret`), Deno.errors.NotFound);
  });

  it("is not made anew when the file is cut off, and not repeated", async () => {
    await loadSecret({ dataDir });
    await Deno.writeTextFile(`${dataDir}/secret`, "cut0ff");
    await assert.rejects(loadSecret({ dataDir }), (error: Error) => {
      assert.ok(error instanceof IntegrityError);
      assert.ok(!JSON.stringify([error.message, error.problem]).includes("cut0ff"));
      return true;
    });
  });
});
