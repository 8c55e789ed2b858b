import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SharedFeed } from "../../lib/http/shared_feed.ts";

describe("a feed that many follow", () => {
  let value: number, loads: number, subscriptions: number, errors: unknown[];
  let changed: () => void;
  let loading: PromiseWithResolvers<void> | null;
  let feed: SharedFeed<number>;
  beforeEach(() => {
    value = 1, loads = 0, subscriptions = 0, errors = [], loading = null;
    changed = () => {};
    feed = new SharedFeed<number>({
      subscribe(_key, listener) {
        subscriptions++;
        changed = listener;
        return () => void subscriptions--;
      },
      async load(key) {
        loads++;
        await loading?.promise;
        if (key === "broken") throw new Error("no");
        return value;
      },
      onError: (error) => errors.push(error),
    });
  });

  const settled = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };

  it("looks once for all of them, at first and after every change", async () => {
    const got: number[] = [];
    const stops = Array.from({ length: 100 }, () => feed.follow("a", (one) => got.push(one)));
    await settled();
    assert.deepEqual([loads, subscriptions, got.length], [1, 1, 100]);
    value = 2;
    changed();
    await settled();
    assert.deepEqual([loads, got.length, got.at(-1)], [2, 200, 2]);
    for (const stop of stops) stop();
    assert.equal(subscriptions, 0);
  });

  it("gives who comes later what is known, without another look", async () => {
    feed.follow("a", () => {});
    await settled();
    const got: number[] = [];
    feed.follow("a", (one) => got.push(one));
    assert.deepEqual([loads, got], [1, [1]]);
  });

  it("looks once more for what changes while it looks", async () => {
    loading = Promise.withResolvers<void>();
    const got: number[] = [];
    feed.follow("a", (one) => got.push(one));
    value = 2;
    for (let i = 0; i < 5; i++) changed();
    loading.resolve();
    await settled();
    assert.deepEqual([loads, got], [2, [2, 2]]);
  });

  it("begins anew when nobody followed for a while, and goes on after an error", async () => {
    feed.follow("a", () => {})();
    await settled();
    assert.equal(subscriptions, 0);
    const got: number[] = [];
    feed.follow("a", (one) => got.push(one));
    await settled();
    assert.deepEqual(got, [1]);
    feed.follow("broken", () => {});
    await settled();
    assert.equal(errors.length, 1);
  });
});
