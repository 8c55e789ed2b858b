import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/hash.ts";
import type { SpotCheckView } from "../../lib/verification/spot_check_view.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { testEngine } from "../support/engine.ts";
import { withFlippedBit, withHeader } from "../support/model_files.ts";
import { askAuthor, keptState } from "../support/spot_checks.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, type TrainedRun, trainRun } from "../support/trained_entry.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

describe("states that an author delivers", () => {
  let app: TestApp;
  let run: TrainedRun;
  let files = 0;
  beforeAll(async () => {
    const engine = await testEngine();
    run = await trainRun(engine, tinyRecipe());
    engine.close();
    app = await openTestApp({ replayFlops: trainingFlops({ ...run.recipe, steps: 25 }) });
  });
  afterAll(() => app.close());

  /** A run of that owner, of which states are waited for. */
  async function waiting(owner: { account_id: string } | { withdrawal_digest: string | null }) {
    const file = withHeader(run.file, (header) => header.note = `file ${++files}`);
    const entry = await trainedEntry(app.services, file, "Long");
    await app.services.db.updateTable("entry").set(owner).where("id", "=", entry.id).execute();
    await askAuthor(app.services, entry);
    const { spotCheck } = await json(`/api/v1/submissions/${entry.id}`);
    return { id: entry.id, check: spotCheck as SpotCheckView };
  }

  const json = async (path: string) => await (await app.request(path)).json();
  const text = async (path: string, init?: RequestInit) =>
    await (await app.request(path, init)).text();
  const state = (leaf: number) => keptState(run, run, leaf);

  const post = async (
    id: string,
    body: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    query = "",
  ) => {
    const init = { method: "POST", body, headers };
    const response = await app.request(`/api/v1/submissions/${id}/states${query}`, init);
    return { status: response.status, answer: await response.json() };
  };

  it("come through the API from its account alone, with a key that may submit", async () => {
    const ada = await addAccount(app.services, { role: "admin" });
    const { id, check } = await waiting({ account_id: ada.id });
    const [{ leaf, step }, ...others] = check.states;
    const bytes = await state(leaf);
    const stranger = await addAccount(app.services);
    assert.equal((await post(id, bytes)).status, 401);
    assert.equal((await post(id, bytes, await bearer(app.services, stranger))).status, 403);
    assert.equal((await post(id, bytes, await bearer(app.services, ada, ["worker"]))).status, 403);
    const key = await bearer(app.services, ada);
    const wrong = await post(id, bytes, key, `?sha256=${"0".repeat(64)}`);
    assert.equal(wrong.status, 409);
    const flipped = await post(id, withFlippedBit(bytes, 3), key);
    assert.equal(flipped.status, 422);
    assert.match(flipped.answer.error.expected, /^leaf [0-9a-f]{64} of step \d+$/);
    assert.match(flipped.answer.error.got, /^leaf [0-9a-f]{64} of step \d+$/);
    assert.equal((await post(id, new Uint8Array(check.stateBytes + 1), key)).status, 413);
    const taken = await post(id, bytes, key, `?sha256=${await sha256Hex(bytes)}`);
    assert.deepEqual(taken, { status: 201, answer: { leaf, step, missing: others.length } });
    const { spotCheck } = await json(`/api/v1/models/${id}`);
    assert.equal(spotCheck.states[0].delivered, true);
  });

  it("come by a form, each file for itself, and start the replay when they are all here", async () => {
    const key = newWithdrawalKey();
    const { id, check } = await waiting({ withdrawal_digest: withdrawalDigest(key) });
    const page = `/submissions/${id}/states`;
    assert.equal((await app.request(page)).status, 403);
    assert.match(await text(`${page}?key=${key}`), /type="file"[^>]*multiple/);
    const status = await text(`/submissions/${id}`);
    assert.match(status, /data-spot-check="waiting"/);
    // A line of its own that scrolls: as text it breaks behind the hyphens of an option.
    assert.ok(status.includes(`spot-check ${id} \\\n  --states DIR</pre>`), "the command");
    assert.match(await text(`/models/${id}`), /data-spot-check="waiting"/);
    const form = async (leaves: number[], damaged: number) => {
      const data = new FormData();
      data.set("key", key);
      for (const leaf of leaves) {
        const bytes = await state(leaf);
        const sent = leaf === damaged ? withFlippedBit(bytes, 3) : bytes;
        data.append("states", new File([sent], `state-${leaf}.tinygpt`));
      }
      return data;
    };
    const leaves = check.states.map(({ leaf }) => leaf);
    const first = await text(page, { method: "POST", body: await form(leaves, leaves[0]) });
    assert.match(first, new RegExp(`state-${leaves[0]}\\.tinygpt was refused`));
    for (const leaf of leaves.slice(1)) {
      assert.match(first, new RegExp(`state-${leaf}\\.tinygpt was taken`));
    }
    const stranger = await form([leaves[0]], -1);
    stranger.set("key", newWithdrawalKey());
    assert.equal((await app.request(page, { method: "POST", body: stranger })).status, 403);
    await text(page, { method: "POST", body: await form([leaves[0]], -1) });
    const { spotCheck, jobs } = await json(`/api/v1/submissions/${id}`);
    assert.equal(spotCheck.state, "running");
    // Two segments and both ends, where they are not among them.
    assert.equal(
      jobs.length,
      new Set([-1, 6, ...spotCheck.drawn]).size -
        Number(spotCheck.drawn.includes(0)) - Number(spotCheck.drawn.includes(5)),
    );
    const late = await text(page, { method: "POST", body: await form([leaves[0]], -1) });
    assert.match(late, /No states of this model are waited for/);
  });

  it("come in parts, and go on where they stopped", async () => {
    const key = newWithdrawalKey();
    const { config } = app.services;
    // Three of the six segments: any three ask for two states at least.
    config.replayFlops = trainingFlops({ ...run.recipe, steps: 35 });
    const { id, check } = await waiting({ withdrawal_digest: withdrawalDigest(key) });
    const [{ leaf, step }, ...others] = check.states;
    const bytes = await state(leaf);
    const TUS = { "tus-resumable": "1.0.0" };
    const announce = async (of: Uint8Array, by: string, about = id, length = of.length) => {
      const named = { sha256: await sha256Hex(of), filename: "s.tinygpt" };
      const pairs = { ...named, ...about && { stateOf: about } };
      return await app.request("/api/v1/uploads", {
        method: "POST",
        headers: {
          ...{ ...TUS, "upload-length": String(length), "withdrawal-key": by },
          "upload-metadata": Object.entries(pairs)
            .map(([name, value]) => `${name} ${btoa(value)}`).join(),
        },
      });
    };
    assert.equal((await announce(bytes, newWithdrawalKey())).status, 403);
    assert.equal((await announce(bytes, key, "sortsix")).status, 403);
    assert.equal((await announce(bytes, key, "nobody")).status, 404);
    assert.equal((await announce(bytes, key, id, check.stateBytes + 1)).status, 413);
    const limits = { ...config };
    Object.assign(config, { submissionsPerDay: 1, openUploads: 2 });
    const begun = await announce(bytes, key);
    assert.equal(begun.status, 201);
    assert.equal((await announce(run.file, "", "")).status, 201, "a state is no submission");
    assert.equal((await announce(bytes, key)).status, 429);
    Object.assign(config, limits);

    const url = begun.headers.get("location")!;
    const patch = (from: number, to: number, of = bytes, at = url) =>
      app.request(at, {
        method: "PATCH",
        body: of.slice(from, to),
        headers: {
          ...{ ...TUS, "upload-offset": String(from) },
          "content-type": "application/offset+octet-stream",
        },
      });
    const deliver = (upload: string, by = key, to = id) =>
      app.request(`/api/v1/submissions/${to}/states?upload=${upload.split("/").at(-1)}`, {
        method: "POST",
        headers: { "withdrawal-key": by },
      });
    await patch(0, 1000);
    assert.match(await (await deliver(url)).text(), /has not arrived as a whole/);
    const head = await app.request(url, { method: "HEAD", headers: TUS });
    assert.equal(head.headers.get("upload-offset"), "1000");
    await patch(1000, bytes.length);
    assert.equal((await deliver(url, newWithdrawalKey())).status, 403);
    const submitted = await app.request(
      `/api/v1/submissions?upload=${url.split("/").at(-1)}&name=x&author=y`,
      { method: "POST" },
    );
    assert.match(await submitted.text(), /announced as a state of a run/);
    const taken = { leaf, step, missing: others.length };
    // The answer may be lost: asked again, it is the same.
    for (let i = 0; i < 2; i++) {
      const response = await deliver(url);
      assert.deepEqual([response.status, await response.json()], [201, taken]);
    }
    assert.equal((await json(url)).submission, id);

    const flipped = withFlippedBit(await state(others[0].leaf), 3);
    const wrong = (await announce(flipped, key)).headers.get("location")!;
    await patch(0, flipped.length, flipped, wrong);
    assert.match(await (await deliver(wrong)).text(), /leaf \d differs/);
    assert.equal((await app.request(wrong)).status, 404, "other bytes have to come");
  });

  it("cannot be sent for a model that waits for none", async () => {
    const ada = await addAccount(app.services);
    const entry = await trainedEntry(
      app.services,
      withHeader(run.file, (header) => header.note = "short"),
      "Short",
    );
    await app.services.db.updateTable("entry").set({ account_id: ada.id })
      .where("id", "=", entry.id).execute();
    const sent = await post(entry.id, await state(2), await bearer(app.services, ada));
    assert.equal(sent.status, 404);
    assert.equal((await post("no-such-model", await state(2))).status, 404);
    const cookie = await sessionCookie(app.services, ada);
    const page = await text(`/submissions/${entry.id}/states`, { headers: { cookie } });
    assert.match(page, /No states of this model are waited for/);
    const broken = await app.request(`/submissions/${entry.id}/states`, {
      method: "POST",
      headers: { cookie, origin: "http://board.test", "content-type": "text/plain" },
      body: "no form",
    });
    assert.equal(broken.status, 422);
  });
});
