import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { updateEntry } from "../../lib/submissions/store.ts";
import { addAccount, bearer } from "../support/accounts.ts";
import { smallModel } from "../support/small_models.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

describe("withdrawing and revising, on pages", () => {
  let board: TestApp;
  let weight = 100;
  /** Headers of who sends the requests: a guest's are none. */
  let who: Record<string, string> = {};
  let ada: Record<string, string>;
  const app = {
    get services() {
      return board.services;
    },
    request(path: string, init: RequestInit = {}) {
      const headers = new Headers(init.headers);
      for (const [name, value] of Object.entries(who)) headers.set(name, value);
      return board.request(path, { ...init, headers });
    },
  };
  beforeAll(async () => {
    board = await openTestApp();
    ada = await bearer(board.services, await addAccount(board.services, { name: "Ada" }));
    app.services.config.submissionsPerDay = 1000;
  });
  afterEach(() => void (who = {}));
  afterAll(() => board.close());

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await app.request(path, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const form = (fields: Record<string, string>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    data.set("file", new File([smallModel(++weight)], "m.tinygpt"));
    return data;
  };
  /** Sends the form; where it leads, and the cookie it leaves. */
  const submit = async (fields: Record<string, string> = {}) => {
    const body = form({ name: "Mine", author: "Guest", blurb: "", ...fields });
    const response = await app.request("/submit", { method: "POST", body });
    assert.equal(response.status, 303, await response.text());
    const path = response.headers.get("location")!;
    const cookie = response.headers.get("set-cookie");
    return { path, id: path.split("/").at(-1)!, cookie };
  };
  const withdraw = (path: string, key = "") =>
    app.request(`${path}/withdraw`, {
      method: "POST",
      body: new URLSearchParams({ key }),
    });

  it("knows a guest by the cookie of one submission, and shows nobody else the address", async () => {
    const { path, cookie } = await submit();
    assert.match(
      cookie!,
      /^withdrawal=[0-9a-f]{32}; Path=\/submissions\/\w+; .*SameSite=Strict; HttpOnly$/,
    );
    const own = await get(path, { cookie: cookie!.split(";")[0] });
    const link = /data-withdrawal-link[^>]*>http:\/\/board\.test([^<]+)</.exec(own.text)![1];
    assert.doesNotMatch((await get(path)).text, /withdrawal-link|Withdraw it/);
    assert.equal((await get(`${path}/withdraw`)).status, 403);
    const page = await get(link.replaceAll("&amp;", "&"));
    assert.equal(page.status, 200);
    assert.match(page.text, /There is no way back/);
    const key = new URL(link, "http://x").searchParams.get("key")!;
    assert.equal((await withdraw(path, "0".repeat(32))).status, 403);
    const done = await withdraw(path, key);
    assert.equal(done.status, 303);
    assert.equal((await get(link)).headers.get("location"), done.headers.get("location"));
  });

  it("leaves a tombstone with digests, and nothing else that the file said", async () => {
    who = ada;
    const { path, id } = await submit({ name: "Short-lived", blurb: "a secret remark" });
    const { file_digest, model_digest } = await updateEntry(app.services.db, id, {
      status: "scored",
      model_digest: "5".repeat(64),
    });
    assert.equal((await get(`/files/${file_digest}.tinygpt`)).status, 200);
    assert.equal((await withdraw(path)).status, 303);
    const tomb = await get(`/models/${id}`);
    assert.equal(tomb.status, 410);
    for (const kept of ["Short-lived", "Ada", file_digest, model_digest!]) {
      assert.ok(tomb.text.includes(kept), kept);
    }
    assert.match(tomb.text, /Withdrawn on .* by its author/);
    assert.doesNotMatch(tomb.text, /a secret remark|\.tinygpt"/);
    assert.equal((await get(`/files/${file_digest}.tinygpt`)).status, 404);
    assert.match((await get(path)).text, /Withdrawn on/);
    assert.match((await get("/ledger")).text, /withdrawal/);

    const model = JSON.parse((await get(`/api/v1/models/${id}`)).text);
    assert.deepEqual([model.status, model.file, model.blurb], ["withdrawn", null, ""]);
    assert.match((await get(`/models/${id}/badge.svg`)).text, /withdrawn/);
    for (
      const gone of [
        `/models/${id}/scores/sort-6`,
        `/models/${id}/recipe.json`,
        `/models/${id}/og.png`,
        `/compare?models=${id},stories`,
      ]
    ) assert.equal((await get(gone)).status, 410, gone);
  });

  it("leaves an account's entries to the account: no other, no guest, no role", async () => {
    who = ada;
    const { path, cookie } = await submit();
    assert.equal(cookie, null);
    assert.match((await get(path)).text, /It is yours/);
    who = await bearer(
      app.services,
      await addAccount(app.services, { name: "Bob", role: "admin" }),
    );
    assert.doesNotMatch((await get(path)).text, /It is yours/);
    assert.equal((await withdraw(path)).status, 403);
    who = {};
    assert.equal((await withdraw(path)).status, 401);
  });

  it("asks an account for no author, and offers its models for a new version", async () => {
    who = ada;
    const { id } = await submit({ name: "First try", author: "" });
    await updateEntry(app.services.db, id, { status: "scored", model_digest: "6".repeat(64) });
    const page = await get("/submit");
    assert.match(page.text, /Sent by <a href="\/account">Ada<\/a>/);
    assert.doesNotMatch(page.text, /name="author"/);
    assert.match(page.text, new RegExp(`<option[^>]*value="${id}"[^>]*>First try</option>`));
    const second = await submit({ name: "Second try", revisionOf: id, forkOf: "/models/stories" });
    const status = await get(second.path);
    assert.match(status.text, /Version (<!-- -->)?2, after/);
    assert.match(status.text, /Fork of/);
    await updateEntry(app.services.db, second.id, {
      status: "scored",
      model_digest: "7".repeat(64),
    });
    const first = await get(`/models/${id}`);
    assert.match(first.text, /data-superseded/);
    assert.ok(first.text.includes(`/models/${second.id}`));
    assert.ok((await get("/models/stories")).text.includes(`/models/${second.id}`));
    const answer = JSON.parse((await get(`/api/v1/models/${id}`)).text);
    assert.deepEqual(answer.versions, [id, second.id]);
    assert.equal(answer.supersededBy, second.id);
  });

  it("marks the field when a parent does not exist or the version before is another's", async () => {
    const post = async (fields: Record<string, string>) => {
      const body = form({ name: "n", author: "a", blurb: "", ...fields });
      const response = await app.request("/submit", { method: "POST", body });
      return { status: response.status, text: await response.text() };
    };
    const fork = await post({ forkOf: "nobody" });
    assert.equal(fork.status, 422);
    assert.match(fork.text, /<details open/);
    assert.match(fork.text, /name="forkOf"[^>]*value="nobody"/);
    const revision = await post({ revisionOf: "stories" });
    assert.equal(revision.status, 403);
    assert.match(revision.text, /name="revisionOf"/);
  });

  it("says that a failure of the board is not counted", async () => {
    const { path, id } = await submit();
    const failure = { stage: "running", reason: "The process was killed", fix: "Send it again." };
    await updateEntry(app.services.db, id, {
      status: "failed",
      failure: JSON.stringify({ ...failure, ours: true }),
    });
    assert.match((await get(path)).text, /not counted against/);
    await updateEntry(app.services.db, id, { failure: JSON.stringify(failure) });
    assert.doesNotMatch((await get(path)).text, /not counted against/);
  });
});
