import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { appendEvent, listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { ChainCheck, type ChainEvent } from "../../lib/verification/ledger_chain.ts";
import { cli, cliWith } from "../support/cli.ts";
import { pgliteBackend, type TestDatabase } from "../support/databases.ts";

describe("the chain of the ledger, checked by somebody else", () => {
  let opened: TestDatabase;
  let events: ChainEvent[];
  beforeAll(async () => {
    opened = await pgliteBackend().open();
    for (let i = 0; i < 12; i++) {
      const payload = { entry: `e${i}`, text: 'ü "quoted"\n', nested: { b: 1, a: [i, 0.1] } };
      await opened.db.transaction().execute((trx) =>
        appendEvent(trx, "test", payload, new Date(Date.UTC(2026, 0, 1) + i))
      );
    }
    events = (await listEvents(opened.db, { limit: 100 }))
      .map(({ prev_hash, ...event }) => ({ ...event, prevHash: prev_hash }));
    assert.ok((await verifyLedger(opened.db)).ok);
  });
  afterAll(() => opened.close());

  const check = (...pieces: ChainEvent[][]) => {
    const chain = new ChainCheck();
    for (const piece of pieces) chain.take(piece);
    return chain.end();
  };
  const changed = (seq: number, change: Partial<ChainEvent>) =>
    events.map((event) => event.seq === seq ? { ...event, ...change } : event);

  it("holds as it was written, in one piece or in many, and from an empty ledger on", () => {
    const head = { seq: 12, hash: events[0].hash };
    const whole = { ok: true, events: 12, firstBad: null, head };
    assert.deepEqual(check(events), whole);
    assert.deepEqual(check(events.slice(0, 5), events.slice(5, 6), events.slice(6)), whole);
    assert.deepEqual(check(), { ok: true, events: 0, firstBad: null, head: null });
  });

  it("names the first event that was changed, whatever was changed of it", () => {
    const changes: Partial<ChainEvent>[] = [
      { payload: '{"entry":"other"}' },
      { kind: "score" },
      { at: "2026-01-01T00:00:00.000Z" },
      { prevHash: "f".repeat(64) },
      { hash: "f".repeat(64) },
    ];
    for (const change of changes) assert.equal(check(changed(5, change)).firstBad, 5);
    const two = changed(9, { kind: "x" }).map((event) =>
      event.seq === 3 ? { ...event, kind: "x" } : event
    );
    assert.equal(check(two).firstBad, 3);
  });

  it("misses an event that was taken out, at the end of what comes before or at the beginning", () => {
    assert.equal(check(events.filter(({ seq }) => seq !== 7)).firstBad, 8);
    assert.equal(check(events.filter(({ seq }) => seq !== 1)).firstBad, 2);
    // Of the newest only a head that somebody wrote down can tell.
    assert.notEqual(check(events.slice(1)).head?.hash, events[0].hash);
  });

  it("is not deceived by a chain that was hashed anew from a changed event on", () => {
    const first = { ...events[11], prevHash: "1".repeat(64) };
    assert.equal(check([...events.slice(0, 11), first]).ok, false);
  });

  it("is checked by the command line in a file, with an exit code", async () => {
    const path = `${opened.dataDir}/ledger.json`;
    const write = (value: unknown) => Deno.writeTextFile(path, JSON.stringify(value));
    await write({ events });
    const good = await cli("ledger", "verify", path);
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, new RegExp(`^The chain holds: 12 events, head ${events[0].hash}`));
    // Pages put together in any order.
    await write([...events].reverse());
    assert.equal((await cli("ledger", "verify", path)).code, 0);
    await write({ events: changed(5, { payload: "{}" }) });
    const bad = await cli("ledger", "verify", path, "--json");
    assert.equal(bad.code, 1);
    assert.equal(JSON.parse(bad.stdout).firstBad, 5);
    assert.match(bad.stderr, /The chain is broken at event 5/);
    await write({ rows: [] });
    assert.match((await cli("ledger", "verify", path)).stderr, /no list of ledger events/);
  });

  it("is checked by the command line in the data directory of a server that is stopped", async () => {
    const kept = await pgliteBackend().open();
    await kept.db.transaction().execute((trx) => appendEvent(trx, "test", {}, new Date()));
    await kept.close({ keepFiles: true });
    const env = { TINYPROOF_DATA: kept.dataDir, DATABASE_URL: "" };
    const { code, stdout, stderr } = await cliWith(env, "ledger", "verify");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The chain holds: 1 event,/);
    const elsewhere = { ...env, TINYPROOF_DATA: `${kept.dataDir}/nowhere` };
    const missing = await cliWith(elsewhere, "ledger", "verify");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /There is no ledger in/);
    await assert.rejects(Deno.stat(elsewhere.TINYPROOF_DATA), Deno.errors.NotFound);
    await Deno.remove(kept.dataDir, { recursive: true });
  });
});
