import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { SlowUploadError, withPatience } from "../../lib/http/patience.ts";
import { statusOf } from "../../lib/http/status.ts";

describe("an upload", () => {
  it("passes through as it was sent", async () => {
    const body = ReadableStream.from([utf8("tiny"), utf8("proof")]);
    assert.equal(await new Response(withPatience(body)).text(), "tinyproof");
  });

  it("ends when its sender stands still, and the sender is let go", async () => {
    let reason: unknown;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8("TGPT")),
      cancel: (why) => void (reason = why),
    });
    const reading = new Response(withPatience(body, { idleMs: 5, totalMs: 60_000 })).text();
    await assert.rejects(reading, SlowUploadError);
    assert.ok(reason instanceof SlowUploadError);
    assert.equal(statusOf(reason), 408);
  });

  it("ends when it takes too long as a whole, however steadily it trickles", async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(utf8("x")) });
    const reading = new Response(withPatience(body, { idleMs: 60_000, totalMs: 0 })).text();
    await assert.rejects(reading, SlowUploadError);
  });

  it("tells the sender when its reader wants no more", async () => {
    let reason: unknown;
    const body = new ReadableStream<Uint8Array>({ cancel: (why) => void (reason = why) });
    await withPatience(body).cancel("enough");
    assert.equal(reason, "enough");
  });
});
