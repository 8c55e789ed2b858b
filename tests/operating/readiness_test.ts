import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readiness } from "../../lib/operating/readiness.ts";

describe("readiness", () => {
  it("is that of every part, and names the one that does not work", async () => {
    const works = () => Promise.resolve();
    assert.deepEqual(await readiness({ a: works, b: works })(), {
      ready: true,
      parts: { a: "ok", b: "ok" },
    });
    const broken = () => Promise.reject(new Error("postgres://secret@host is gone"));
    assert.deepEqual(await readiness({ a: works, b: broken })(), {
      ready: false,
      parts: { a: "ok", b: "failed" },
    });
  });

  it("does not wait for a part that says nothing", async () => {
    const silent = () => new Promise(() => {});
    const { ready, parts } = await readiness({ silent }, { patienceMs: 1 })();
    assert.deepEqual([ready, parts.silent], [false, "no answer"]);
  });

  it("asks once for all who ask within a moment", async () => {
    let asked = 0;
    const counted = () => Promise.resolve(++asked);
    const kept = readiness({ counted });
    await Promise.all([kept(), kept(), kept()]);
    assert.equal(asked, 1);
    const anew = readiness({ counted }, { keptMs: -1 });
    await anew();
    await anew();
    assert.equal(asked, 3);
  });
});
