import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { eventStream } from "../../lib/http/events.ts";

describe("server-sent events", () => {
  it("sends each value as one event and ends with the last", async () => {
    let ended = 0;
    const response = eventStream<number>((send) => {
      send(1);
      send(2);
      send(3);
      return () => void ended++;
    }, (value) => value === 2);
    assert.equal(await response.text(), "data: 1\n\ndata: 2\n\n");
    assert.equal(ended, 1);
  });

  it("unsubscribes when the client leaves, and stays quiet after", async () => {
    let ended = 0;
    let later = (_value: string) => {};
    const response = eventStream<string>((send) => {
      later = send;
      return () => void ended++;
    }, () => false);
    const reader = response.body!.getReader();
    later("line\nbreak");
    const { value } = await reader.read();
    assert.equal(new TextDecoder().decode(value), 'data: "line\\nbreak"\n\n');
    await reader.cancel();
    later("nobody listens");
    assert.equal(ended, 1);
  });
});
