import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { eventStream } from "../../lib/http/events.ts";

describe("server-sent events", () => {
  it("sends each value as one event and ends with the last", async () => {
    let ended = 0;
    let later = (_value: number) => {};
    const response = eventStream<number>((send) => {
      later = send;
      send(1);
      return () => void ended++;
    }, (value) => value === 2);
    const reader = response.body!.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    assert.equal(await read(), "data: 1\n\n");
    later(2);
    later(3);
    assert.equal(await read(), "data: 2\n\n");
    assert.equal((await reader.read()).done, true);
    assert.equal(ended, 1);
  });

  it("keeps only the newest value for a client that does not read, and always the last", async () => {
    const response = eventStream<number>((send) => {
      for (let value = 0; value <= 1000; value++) send(value);
      send(1001);
      return () => {};
    }, (value) => value === 1000);
    assert.equal(await response.text(), "data: 0\n\ndata: 1000\n\n");
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
