import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { serverSource } from "../../lib/dump/source.ts";

/** A server that answers with each of `answers` in turn. */
function server(answers: (() => Response)[]) {
  const asked: string[] = [];
  const http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return answers[Math.min(asked.length, answers.length) - 1]();
  });
  const waits: number[] = [];
  const source = serverSource(new URL(`http://127.0.0.1:${http.addr.port}/below/`), (ms) => {
    waits.push(ms);
    return Promise.resolve();
  });
  return { source, asked, waits, [Symbol.asyncDispose]: () => http.shutdown() };
}

const text = async (response: Response) => await response.text();
const limited = () => new Response("", { status: 429, headers: { "retry-after": "7" } });

describe("a server that is copied", () => {
  it("is asked at its root, and its redirects are answers", async () => {
    await using the = server([
      () => new Response(null, { status: 302, headers: { location: "/b" } }),
    ]);
    const { status, headers } = await the.source.get("/a");
    assert.equal(status, 302);
    assert.equal(headers.get("location"), "/b");
    assert.deepEqual(the.asked, ["/a"]);
  });

  it("is asked again after as long as it says, however often", async () => {
    await using the = server([...Array(9).fill(limited), () => new Response("here")]);
    assert.equal(await text(await the.source.get("/a")), "here");
    assert.deepEqual(the.waits, Array(9).fill(7000));
  });

  it("is asked a few times more while it is overloaded, then its answer counts", async () => {
    await using the = server([() => new Response("busy", { status: 503 })]);
    const response = await the.source.get("/a");
    assert.equal(await text(response), "busy");
    assert.equal(the.asked.length, 5);
    assert.deepEqual(the.waits, [1000, 2000, 4000, 8000]);
  });

  it("that is not there is said to be not there", async () => {
    const the = server([]);
    await the[Symbol.asyncDispose]();
    await assert.rejects(the.source.get("/a"), (error: Error) => {
      assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+ does not answer$/);
      return true;
    });
    assert.equal(the.waits.length, 4);
  });
});
