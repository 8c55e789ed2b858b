import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import type { ProvenanceState } from "../../lib/storage/entry_schema.ts";
import { jsonb } from "../../lib/storage/json.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { holdStates, noteState } from "../../lib/verification/kept_store.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { putReport } from "../../lib/verification/store.ts";
import type { Segment } from "../../lib/verification/types.ts";
import { addEntry } from "../support/entries.ts";
import {
  CHROME,
  FIREFOX,
  inventedRun,
  type KnownRun,
  newKey,
  type Said,
  signed,
  statementOf,
} from "../support/visitor.ts";
import { EXAMPLE_RECIPE, exampleStatement } from "./example_run.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const MODEL = "a".repeat(64);

describe("confirmations", () => {
  let app: TestApp;
  let run: KnownRun;
  beforeAll(async () => {
    app = await openTestApp();
    run = await inventedRun(EXAMPLE_RECIPE);
  });
  afterAll(() => app.close());

  /** An entry of that run, on which the board has this verdict. */
  async function entryOf(provenance: ProvenanceState): Promise<string> {
    const { db } = app.services;
    const { id } = await addEntry(db, {
      ...{ provenance, exact_count: provenance === "exact" ? 1 : 0, model_digest: MODEL },
      recipe_hash: await recipeHash(run.recipe),
      ...{ recipe: jsonb(run.recipe), chain: jsonb(run.chain), training_flops: 1e9 },
    });
    const verdict = provenance === "pending" ? null : provenance as "exact" | "mismatch";
    if (verdict === null) return id;
    const statement = await exampleStatement(verdict);
    await putReport(db, {
      ...{ id: `of-${id}`, entry_id: id, verdict, first_divergent_step: null, recipe_hash: null },
      ...{ statement: jsonb(statement), statement_digest: MODEL },
    });
    return id;
  }

  const post = async (path: string, body?: unknown) => {
    const response = await app.request(`/api/v1/models/${path}`, {
      method: "POST",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  };
  const nonceFor = async (id: string): Promise<string> =>
    (await post(`${id}/confirmations/challenge`)).answer.nonce;
  const said = async (id: string, change: Partial<Said> = {}) =>
    await statementOf({ entry: id, nonce: await nonceFor(id), run, ...change });
  const publish = (id: string, body: unknown) => post(`${id}/confirmations`, body);
  const state = async (id: string) => {
    const entry = await getEntry(app.services.db, id);
    return { provenance: entry?.provenance, count: entry?.exact_count };
  };
  const replays = async (id: string) =>
    (await app.services.db.selectFrom("job").select("id").where("entry_id", "=", id)
      .where("kind", "=", "verify").execute()).length;

  it("of who has replayed are listed, counted by runtime, and stand in the ledger", async () => {
    const id = await entryOf("exact");
    const [ada, bob, eve] = [await newKey(), await newKey(), await newKey()];
    const first = await publish(id, await signed(await said(id), ada));
    assert.equal(first.status, 201, JSON.stringify(first.answer));
    assert.deepEqual([first.answer.keyid, first.answer.replayAsked], [ada.keyid, false]);
    // The runtime of the board's own replay: one more key, and no more independent.
    assert.deepEqual(await state(id), { provenance: "exact", count: 1 });
    await publish(id, await signed(await said(id, { verifier: FIREFOX }), bob));
    assert.deepEqual(await state(id), { provenance: "exact", count: 2 });
    const arm = { ...FIREFOX, isa: "aarch64" };
    await publish(id, await signed(await said(id, { verifier: arm }), eve));
    const unknown = { ...FIREFOX, isa: "unknown" };
    await publish(id, await signed(await said(id, { verifier: unknown }), await newKey()));
    assert.deepEqual(await state(id), { provenance: "exact", count: 3 });
    const { confirmations } = await (await app.request(
      `/api/v1/models/${id}/confirmations`,
    )).json();
    assert.equal(confirmations.length, 4);
    assert.equal(confirmations[1].engineFamily, "spidermonkey");
    assert.equal(confirmations[1].engineDigest, run.recipe.engine);
    const [event] = await listEvents(app.services.db, { limit: 1 });
    assert.equal(event.kind, "confirmation");
    const page = await (await app.request(`/models/${id}`)).text();
    assert.match(page, /exact ×3/);
    assert.match(page, /SpiderMonkey on aarch64/);
    assert.match(page, /<code>e{12}…<\/code>, as the recipe names/);
    assert.match(page, /declared by 2 visitors|declared by 1 visitor/);
    assert.equal(await replays(id), 0);
  });

  it("of one key count once", async () => {
    const id = await entryOf("exact");
    const key = await newKey();
    const first = await publish(id, await signed(await said(id), key));
    const again = await publish(id, await signed(await said(id, { verifier: FIREFOX }), key));
    assert.deepEqual([first.status, again.status], [201, 200]);
    assert.equal(again.answer.id, first.answer.id);
    assert.deepEqual(await state(id), { provenance: "exact", count: 1 });
  });

  it("cannot be written by who copies the leaves of the file", async () => {
    const id = await entryOf("exact");
    const { statement, openings } = await said(id);
    // The leaves are in the file; what they are hashes of is not.
    const copied = run.chain.leaves.map((leaf, j) => ({
      ...{ weights: leaf, m: leaf, v: leaf, loss: openings[j].loss },
    }));
    const refused = await publish(
      id,
      await signed({ statement, openings: copied }, await newKey()),
    );
    assert.equal(refused.status, 422);
    assert.match(refused.answer.error.message, /does not show that the run was replayed/);
    const nothing = await publish(id, await signed({ statement, openings: [] }, await newKey()));
    assert.equal(nothing.status, 422);
    const short = await publish(
      id,
      await signed({ statement, openings: openings.slice(1) }, await newKey()),
    );
    assert.equal(short.status, 422);
  });

  it("cannot be written from another's: its answers are for another nonce", async () => {
    const id = await entryOf("exact");
    const theirs = await said(id);
    await publish(id, await signed(theirs, await newKey()));
    const [{ envelope }] = (await (await app.request(`/api/v1/models/${id}/confirmations`)).json())
      .confirmations;
    const { predicate, ...rest } = JSON.parse(atob(envelope.payload));
    const nonce = await nonceFor(id);
    // Signed anew, with all that is public: the tags answer the old nonce.
    for (
      const statement of [{ ...rest, predicate }, { ...rest, predicate: { ...predicate, nonce } }]
    ) {
      const body = await signed({ statement, openings: theirs.openings }, await newKey());
      const refused = await publish(id, body);
      assert.equal(refused.status, 422);
    }
  });

  it("answer a nonce that was drawn for this entry, is fresh and was not used", async () => {
    const [id, other] = [await entryOf("exact"), await entryOf("exact")];
    const cases: Record<string, string> = {
      "never drawn": "12".repeat(32),
      "of another entry": await nonceFor(other),
      expired: await nonceFor(id),
    };
    await app.services.db.updateTable("confirmation_challenge").set({ expires_at: new Date(0) })
      .where("nonce", "=", cases.expired).execute();
    for (const [name, nonce] of Object.entries(cases)) {
      const body = await signed(await statementOf({ entry: id, nonce, run }), await newKey());
      const refused = await publish(id, body);
      assert.equal(refused.status, 422, name);
      assert.match(refused.answer.error.message, /nonce cannot be answered/, name);
    }
    const once = await said(id);
    assert.equal((await publish(id, await signed(once, await newKey()))).status, 201);
    assert.equal((await publish(id, await signed(once, await newKey()))).status, 422);
  });

  it("are signed by the key they come with, and say what is true of the entry", async () => {
    const id = await entryOf("exact");
    const key = await newKey(), stranger = await newKey();
    const honest = await said(id);
    const foreign = { ...await signed(honest, key), publicKey: stranger.publicKey };
    assert.match((await publish(id, foreign)).answer.error.message, /not signed by its key/);
    const body = await signed(honest, key);
    const bent = {
      ...body.envelope,
      payload: btoa(atob(body.envelope.payload).replace("v8", "v9")),
    };
    assert.match(
      (await publish(id, { ...body, envelope: bent })).answer.error.message,
      /not signed by its key/,
    );
    assert.equal((await publish(id, { ...body, publicKey: "AAAA" })).status, 422);
    const another = await entryOf("exact");
    assert.match((await publish(another, body)).answer.error.message, /about another run/);
    const wrongHead = structuredClone(honest);
    wrongHead.statement.subject[1].digest.sha256 = "0".repeat(64);
    assert.match(
      (await publish(id, await signed(wrongHead, key))).answer.error.message,
      /about another run/,
    );
    const elsewhere = structuredClone(honest);
    elsewhere.statement.predicate.engineDigest = "d".repeat(64);
    assert.match(
      (await publish(id, await signed(elsewhere, key))).answer.error.message,
      /an engine that is not the recipe's/,
    );
    assert.equal((await publish("import", body)).status, 422);
    assert.equal((await publish("nobody", body)).status, 404);
  });

  it("that lie change no verdict: the board looks again, and not for each liar", async () => {
    const id = await entryOf("exact");
    const lie = await publish(
      id,
      await signed(await said(id, { divergentStep: 500 }), await newKey()),
    );
    assert.deepEqual([lie.status, lie.answer.replayAsked], [201, true]);
    assert.deepEqual(await state(id), { provenance: "exact", count: 1 });
    assert.equal(await replays(id), 1);
    for (let i = 0; i < 3; i++) {
      const more = await said(id, { divergentStep: 0, verifier: FIREFOX });
      const { answer } = await publish(id, await signed(more, await newKey()));
      assert.equal(answer.replayAsked, false);
    }
    assert.equal(await replays(id), 1);
    assert.deepEqual(await state(id), { provenance: "exact", count: 1 });
    // A step reached only by training cannot be named by who did not train so far.
    const lazy = await said(id, { divergentStep: 5000 });
    const refused = await publish(id, await signed({ ...lazy, openings: [] }, await newKey()));
    assert.equal(refused.status, 422);
  });

  it("make no false entry true either, however many there are", async () => {
    const id = await entryOf("mismatch");
    const asked: boolean[] = [];
    for (const verifier of [CHROME, FIREFOX, { ...CHROME, isa: "aarch64" }]) {
      const { answer } = await publish(
        id,
        await signed(await said(id, { verifier }), await newKey()),
      );
      asked.push(answer.replayAsked);
    }
    assert.deepEqual(asked, [true, false, false]);
    assert.deepEqual(await state(id), { provenance: "mismatch", count: 0 });
  });

  it("ask for a few replays of all entries in a day", async () => {
    let asked = 0;
    for (let i = 0; i < 8; i++) {
      const id = await entryOf("mismatch");
      const { answer } = await publish(id, await signed(await said(id), await newKey()));
      asked += answer.replayAsked ? 1 : 0;
    }
    // Two were asked for above.
    assert.equal(asked, 3);
  });

  it("wait for the board where it has no verdict yet", async () => {
    const id = await entryOf("pending");
    const { answer } = await publish(id, await signed(await said(id), await newKey()));
    assert.equal(answer.replayAsked, false);
    assert.deepEqual(await state(id), { provenance: "pending", count: 0 });
  });

  it("are wanted first where nobody has confirmed on such a runtime", async () => {
    const wanted = async (query: string): Promise<string[]> => {
      const response = await app.request(`/api/v1/confirmations/wanted?${query}`);
      return (await response.json()).entries.map(({ entryId }: { entryId: string }) => entryId);
    };
    const id = await entryOf("exact");
    const key = await newKey();
    const v8 = "engineFamily=v8&isa=x86_64&maxFlops=1e10";
    const before = (await wanted(v8)).indexOf(id);
    assert.ok(before >= 0);
    await publish(id, await signed(await said(id), key));
    const after = await wanted(v8);
    assert.ok(after.indexOf(id) > before || !after.includes(id));
    assert.ok(!(await wanted(`${v8}&keyid=${key.keyid}`)).includes(id));
    assert.ok(!(await wanted(v8.replace("1e10", "1"))).includes(id));
    assert.ok((await wanted("engineFamily=spidermonkey&isa=x86_64&maxFlops=1e10")).includes(id));
  });

  describe("of a segment", () => {
    /** With states of leaves 4 and 8 of twelve intervals, as a replay keeps them. */
    async function withStates(): Promise<{ id: string; files: string[] }> {
      const id = await entryOf("exact");
      const { db, blobs } = app.services;
      await db.deleteFrom("kept_state").execute();
      const files = await Promise.all([4, 8].map(async (leaf) => {
        const stored = await blobs.putBytes(utf8(`the state of leaf ${leaf} of ${id}`));
        const state = { leaf, sha256: stored.digest, byteLength: stored.byteLength };
        await db.transaction().execute(async (trx) => {
          await noteState(trx, id, state);
          await holdStates(trx, id, [state]);
        });
        return stored.digest;
      }));
      return { id, files };
    }
    const PART = { from: 4, to: 8 };
    const nonceOf = async (id: string, { from, to }: Segment = PART): Promise<string> =>
      (await post(`${id}/confirmations/challenge?from=${from}&to=${to}`)).answer.nonce;
    const saidOf = async (id: string, change: Partial<Said> = {}) => {
      const segment = change.segment ?? PART;
      const nonce = await nonceOf(id, segment);
      return await statementOf({ entry: id, nonce, run, segment, ...change });
    };
    const listed = async (id: string) =>
      await (await app.request(`/api/v1/models/${id}/confirmations`)).json();

    it("starts from a state that anybody may fetch, for as long as it is kept", async () => {
      const { id, files } = await withStates();
      const address = `/api/v1/models/${id}/segments`;
      const { segments } = await (await app.request(address)).json();
      assert.deepEqual(segments.map((each: Segment) => [each.from, each.to]), [
        [0, 4],
        [4, 8],
        [8, 12],
      ]);
      assert.deepEqual([segments[0].state, segments[1].fromStep, segments[1].toStep], [
        null,
        2000,
        4000,
      ]);
      const { file, sha256 } = segments[1].state;
      assert.equal(sha256, files[0]);
      const response = await app.request(file);
      assert.equal(await response.text(), `the state of leaf 4 of ${id}`);
      assert.match(response.headers.get("cache-control")!, /immutable/);
      const again = await app.request(file, { headers: { "if-none-match": `"${sha256}"` } });
      assert.equal(again.status, 304);
      // What is hidden, found false, or somebody's file of another kind is no public state.
      const { db } = app.services;
      const status = async () => (await app.request(file)).status;
      for (const change of [{ visibility: "hidden" }, { provenance: "mismatch" }] as const) {
        await db.updateTable("entry").set(change).where("id", "=", id).execute();
        assert.equal(await status(), 404, JSON.stringify(change));
        await db.updateTable("entry").set({ visibility: "public", provenance: "exact" })
          .where("id", "=", id).execute();
      }
      assert.equal(await status(), 200);
      await db.deleteFrom("kept_state").where("entry_id", "=", id).execute();
      const gone = await app.request(file);
      assert.equal(gone.status, 404);
      assert.match(await gone.text(), /not kept any more/);
      assert.deepEqual((await (await app.request(address)).json()).segments, []);
      assert.equal((await post(`${id}/confirmations/challenge?from=4&to=8`)).status, 404);
    });

    it("stands apart from those of whole runs and is not counted with them", async () => {
      const { id } = await withStates();
      const [ada, bob] = [await newKey(), await newKey()];
      const first = await publish(id, await signed(await saidOf(id), ada));
      assert.equal(first.status, 201, JSON.stringify(first.answer));
      assert.deepEqual([first.answer.verdict, first.answer.segment], ["exact", PART]);
      // All of the run, on a runtime that the board has not: three parts are no replay of it.
      for (const segment of [{ from: 0, to: 4 }, PART, { from: 8, to: 12 }]) {
        const body = await signed(await saidOf(id, { segment, verifier: FIREFOX }), bob);
        assert.equal((await publish(id, body)).status, 201);
      }
      assert.deepEqual(await state(id), { provenance: "exact", count: 1 });
      const { confirmations, segments, covered } = await listed(id);
      assert.deepEqual([confirmations.length, segments.length], [0, 4]);
      assert.deepEqual(covered, [
        { engineFamily: "spidermonkey", isa: "x86_64", share: 1, keys: 1 },
        { engineFamily: "v8", isa: "x86_64", share: 1 / 3, keys: 1 },
      ]);
      const again = await publish(id, await signed(await saidOf(id), ada));
      assert.deepEqual([again.status, again.answer.id], [200, first.answer.id]);
      const [event] = await listEvents(app.services.db, { limit: 1 });
      assert.deepEqual(JSON.parse(event.payload).segment, { from: 8, to: 12 });
      const page = await (await app.request(`/models/${id}`)).text();
      assert.match(page, /33.3 % of the steps, declared by 1 visitor/);
      assert.match(page, /steps 2\u202f001–4\u202f000/);
      assert.doesNotMatch(page, /exact ×2/);
    });

    it("cannot be written from the states that everybody may fetch", async () => {
      const { id } = await withStates();
      const { statement, openings } = await saidOf(id);
      // The ends of the segment are known from the states; what lies between is not.
      const [first, ...others] = openings;
      const last = others.pop()!;
      const forged = [first, ...others.map(({ loss }) => ({ ...first, loss })), last];
      for (const shown of [forged, [first, last], []]) {
        const refused = await publish(
          id,
          await signed({ statement, openings: shown }, await newKey()),
        );
        assert.equal(refused.status, 422);
        assert.match(refused.answer.error.message, /does not show that the run was replayed/);
      }
    });

    it("is about the part that its nonce was drawn for, and about nothing else", async () => {
      const { id } = await withStates();
      const refusedAs = async (said: Partial<Said>, pattern: RegExp) => {
        const statement = await statementOf({ entry: id, nonce: "", run, ...said });
        const refused = await publish(id, await signed(statement, await newKey()));
        assert.equal(refused.status, 422);
        assert.match(refused.answer.error.message, pattern);
      };
      const cannot = /nonce cannot be answered/;
      await refusedAs({ nonce: await nonceOf(id) }, cannot);
      await refusedAs({ nonce: await nonceFor(id), segment: PART }, cannot);
      await refusedAs({ nonce: await nonceOf(id), segment: { from: 0, to: 4 } }, cannot);
      const nonce = await nonceOf(id);
      await refusedAs({ nonce, segment: { from: 4, to: 5 } }, /about no segment/);
      await refusedAs({ nonce, segment: PART, divergentStep: 2000 }, /outside the segment/);
      await refusedAs({ nonce, segment: PART, divergentStep: 4500 }, /outside the segment/);
      // A part passed off as the whole: one signs what one says.
      const part = await saidOf(id);
      const body = await signed(part, await newKey());
      const whole = { ...part.statement, predicate: { ...part.statement.predicate } };
      whole.predicate.scope = { kind: "full" };
      const payload = btoa(JSON.stringify(whole));
      const bent = await publish(id, { ...body, envelope: { ...body.envelope, payload } });
      assert.match(bent.answer.error.message, /not signed by its key/);
      assert.equal((await post(`${id}/confirmations/challenge?from=4&to=9`)).status, 404);
      assert.equal((await post(`${id}/confirmations/challenge?from=4`)).status, 422);
    });

    it("that lies changes no verdict, and has the board look again once", async () => {
      const { id } = await withStates();
      // Tests above have used up the replays of this day.
      await app.services.db.updateTable("confirmation").set({ asked_replay: false }).execute();
      const lies = [
        await saidOf(id, { divergentStep: 4000 }),
        await saidOf(id, { segment: { from: 8, to: 12 }, divergentStep: 6000 }),
        await said(id, { divergentStep: 500 }),
      ];
      const asked: boolean[] = [];
      for (const lie of lies) {
        asked.push((await publish(id, await signed(lie, await newKey()))).answer.replayAsked);
      }
      assert.deepEqual(asked, [true, false, false]);
      assert.equal(await replays(id), 1);
      assert.deepEqual(await state(id), { provenance: "exact", count: 1 });
      assert.deepEqual((await listed(id)).covered, []);
    });

    it("is wanted before whole runs, until two keys have confirmed it there", async () => {
      const { id } = await withStates();
      const wanted = async (query: string): Promise<string[]> => {
        const response = await app.request(`/api/v1/confirmations/wanted?${query}`);
        const { entries } = await response.json();
        const own = entries.filter(({ entryId }: { entryId: string }) => entryId === id);
        return own.map(({ segment }: { segment: Segment | null }) =>
          segment ? `${segment.from}-${segment.to}` : "whole"
        );
      };
      const v8 = "engineFamily=v8&isa=x86_64&maxFlops=1e18";
      const key = await newKey();
      assert.deepEqual(await wanted(v8), ["0-4", "4-8", "8-12", "whole"]);
      await publish(id, await signed(await saidOf(id), key));
      assert.deepEqual(await wanted(`${v8}&keyid=${key.keyid}`), ["0-4", "8-12", "whole"]);
      assert.deepEqual(await wanted(v8), ["0-4", "4-8", "8-12", "whole"]);
      await publish(id, await signed(await saidOf(id), await newKey()));
      assert.deepEqual(await wanted(v8), ["0-4", "8-12", "whole"]);
      const fox = v8.replace("v8", "spidermonkey");
      assert.deepEqual(await wanted(fox), ["0-4", "4-8", "8-12", "whole"]);
      assert.deepEqual(await wanted(v8.replace("1e18", "1e10")), ["whole"]);
    });
  });
});
