import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Account, Role } from "../../lib/accounts/caller.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { LAB_PROMPTS, LAB_RATERS, LAB_RUBRIC, LAB_SET } from "../support/lab_seed.ts";
import { openTestApp, type TestApp } from "./test_app.ts";
import { HOSTILE_NAME } from "./seed.ts";

const ORIGIN = "http://board.test";
const REASON = `Copied <b>verbatim</b> from "another" board & not said so`;

describe("moderation over HTTP", () => {
  let app: TestApp;
  const cookies: Record<string, string> = {};
  const accounts: Record<string, Account> = {};
  beforeAll(async () => {
    app = await openTestApp();
    for (const role of ["author", "editor", "admin"] satisfies Role[]) {
      accounts[role] = await addAccount(app.services, { name: `The ${role}`, role });
      cookies[role] = await sessionCookie(app.services, accounts[role]);
    }
  });
  afterAll(() => app.close());

  const get = (path: string, as?: Role) =>
    app.request(path, as ? { headers: { cookie: cookies[as] } } : {});
  const text = async (path: string, as?: Role) => await (await get(path, as)).text();
  const post = async (
    path: string,
    fields: Record<string, string>,
    as?: Role,
    address?: string,
  ) => {
    const response = await app.request(path, {
      method: "POST",
      headers: { origin: ORIGIN, ...(as && { cookie: cookies[as] }) },
      body: new URLSearchParams(fields),
    }, address);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const decide = (act: string, entry: string, as: Role = "editor") =>
    post("/moderation", { act, entry, reason: REASON, back: `/models/${entry}#decisions` }, as);

  it("lets moderators in, and nobody else", async () => {
    assert.equal((await get("/moderation")).status, 303);
    assert.equal((await get("/moderation", "author")).status, 403);
    for (const role of ["editor", "admin"] as const) {
      assert.equal((await get("/moderation", role)).status, 200);
      assert.match(await text("/account", role), /href="\/moderation"/);
    }
    assert.doesNotMatch(await text("/account", "author"), /href="\/moderation"/);
    assert.equal((await decide("hide", "bard", "author")).status, 403);
    assert.equal(
      (await post("/moderation", { act: "hide", entry: "bard", reason: "r" })).status,
      401,
    );
    const key = await bearer(app.services, accounts.editor, ["submit"]);
    const response = await app.request("/moderation", {
      method: "POST",
      headers: key,
      body: new URLSearchParams({ act: "hide", entry: "bard", reason: "r" }),
    });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /scope/);
  });

  it("takes a flag by a plain form, once, and shows it to moderators only", async () => {
    assert.match(await text("/models/bard"), /action="\/models\/bard\/flag"/);
    const flagged = await post("/models/bard/flag", { reason: "the blurb lies" });
    assert.equal(flagged.status, 303);
    const thanks = await text(flagged.headers.get("location")!.split("#")[0]);
    assert.match(thanks, /Thank you/);
    assert.doesNotMatch(thanks, /the blurb lies/);
    const again = await post("/models/bard/flag", { reason: "really" });
    assert.equal(again.status, 409);
    assert.match(again.text, /flagged this model before/);
    assert.equal((await post("/models/bard/flag", { reason: "" }, "author")).status, 422);
    assert.equal((await post("/models/none/flag", { reason: "r" }, "author")).status, 404);
    const queue = await text("/moderation?queue=flagged", "editor");
    assert.match(queue, /the blurb lies/);
    assert.match(queue, /data-entry="bard"/);
    assert.match(await text("/models/bard", "editor"), /the blurb lies/);
  });

  it("limits how often one address flags", async () => {
    const statuses = [];
    for (let n = 0; n < 21; n++) {
      statuses.push(
        (await post("/models/none/flag", { reason: "r" }, undefined, "10.0.9.9")).status,
      );
    }
    assert.deepEqual([...new Set(statuses.slice(0, 20)), statuses[20]], [404, 429]);
  });

  it("shows the machine's findings beside each entry", async () => {
    const queue = await text("/moderation?queue=recent&q=knows%20what", "editor");
    assert.match(queue, /data-gate="probes" data-passed="false"/);
    assert.match(queue, /change the likelihood/);
    assert.match(await text("/moderation?queue=recent", "editor"), /&lt;img src=x/);
    assert.equal((await get("/moderation?queue=all", "editor")).status, 422);
  });

  it("refuses a decision without a public reason", async () => {
    const { status } = await post("/moderation", { act: "hide", entry: "bard" }, "editor");
    assert.equal(status, 422);
    assert.equal((await get("/models/bard")).status, 200);
  });

  it("hides a set of the lab, and what one rater gave on it, and shows them again", async () => {
    const page = `/lab/sets/${LAB_SET}`;
    const judge = (act: string, fields: Record<string, string> = {}, as: Role = "editor") =>
      post(`${page}/moderate`, { act, reason: REASON, ...fields }, as);
    assert.equal((await judge("hide-set", {}, "author")).status, 403);
    assert.equal((await judge("hide-set", { reason: "" })).status, 422);
    assert.equal((await judge("show-set")).status, 422);
    assert.doesNotMatch(await text(page, "author"), /hide-set/);
    assert.match(await text(page, "editor"), /hide-set/);

    const ratersShown = async () =>
      (await (await get(`/api/v1${page}`)).json()).raters.map(({ id }: { id: string }) => id);
    assert.equal((await judge("hide-scores", { rater: "nobody" })).status, 404);
    assert.equal((await judge("hide-scores", { rater: LAB_RATERS.ben })).status, 303);
    assert.deepEqual(await ratersShown(), [LAB_RATERS.anna, LAB_RATERS.judge]);
    assert.doesNotMatch(await text(`${page}/analysis`), />Ben</);
    assert.equal((await get(`${page}/sheets/scores.csv?rater=${LAB_RATERS.ben}`)).status, 422);
    assert.match(await text(page), /Scores hidden[\s\S]*Copied &lt;b>verbatim/);
    assert.equal((await judge("show-scores", { rater: LAB_RATERS.ben })).status, 303);
    assert.equal((await ratersShown()).length, 3);

    assert.equal((await judge("hide-set")).status, 303);
    for (const path of [page, `${page}/analysis`, `${page}/score`, `${page}/items`]) {
      const gone = await get(path);
      assert.equal(gone.status, 410, path);
      const said = await gone.text();
      assert.match(said, /hidden by a moderator[\s\S]*Why[\s\S]*Copied &lt;b>verbatim/);
      assert.match(said, /public: <a href="\/moderation\/decisions#\w+">/);
    }
    assert.equal((await get(`/api/v1${page}`)).status, 410);
    assert.equal((await get(`/api/v1${page}/analysis`)).status, 410);
    const lists = [await text("/lab"), await text("/api/v1/lab/sets"), await text("/models/bard")];
    for (const list of lists) assert.doesNotMatch(list, new RegExp(LAB_SET));
    assert.match(await text("/moderation/decisions"), /Set hidden[\s\S]*a hidden set/);
    assert.match(await text(page, "editor"), /Only moderators see this/);
    assert.equal((await judge("show-set")).status, 303);
    assert.equal((await get(page)).status, 200);
    const { decisions } = await (await get("/api/v1/decisions?act=hide-scores")).json();
    assert.deepEqual(
      [decisions[0].setId, decisions[0].setName, decisions[0].raterId],
      [LAB_SET, "Two small models", LAB_RATERS.ben],
    );
    assert.match(await text("/ledger"), new RegExp(LAB_SET));
  });

  it("hides prompts of the lab, from lists and from new sets, and shows them again", async () => {
    const page = `/lab/prompt-sets/${LAB_PROMPTS}`;
    const judge = (act: string, fields: Record<string, string> = {}, as: Role = "editor") =>
      post(`${page}/moderate`, { act, reason: REASON, ...fields }, as);
    assert.equal((await judge("hide-prompts", {}, "author")).status, 403);
    assert.equal((await judge("hide-prompts", { reason: "" })).status, 422);
    assert.equal((await judge("show-prompts")).status, 422);
    assert.equal((await judge("hide-set")).status, 422);
    assert.equal(
      (await post("/lab/prompt-sets/none/moderate", { act: "hide-prompts", reason: "r" }, "editor"))
        .status,
      404,
    );
    assert.doesNotMatch(await text(page, "author"), /hide-prompts/);
    assert.match(await text(page, "editor"), /hide-prompts/);
    const { promptSets } = await (await get("/api/v1/lab/prompt-sets")).json();
    const { prompts, name } = promptSets.find(({ id }: { id: string }) => id === LAB_PROMPTS);

    assert.equal((await judge("hide-prompts")).status, 303);
    const gone = await get(page);
    assert.equal(gone.status, 410);
    assert.match(await gone.text(), /hidden by a moderator[\s\S]*Why[\s\S]*Copied &lt;b>verbatim/);
    const set = `/lab/sets/${LAB_SET}`;
    for (const list of ["/lab/prompt-sets", "/api/v1/lab/prompt-sets", "/lab/generate", set]) {
      assert.doesNotMatch(await text(list), new RegExp(LAB_PROMPTS), list);
    }
    assert.equal((await get(set)).status, 200);
    const send = async (path: string, body: object) => {
      const headers = {
        "content-type": "application/json",
        ...await bearer(app.services, accounts.author),
      };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return (await app.request(`/api/v1/lab/${path}`, init)).status;
    };
    assert.equal(await send("prompt-sets", { name: "Again", prompts, source: "" }), 410);
    assert.equal(
      await send("generated", {
        ...{ promptSetId: LAB_PROMPTS, rubricId: LAB_RUBRIC },
        model: { name: "M", parameters: 1 },
        decoding: { beams: 1, sample: false, minLength: null, maxLength: 1, unit: "tokens" },
        completions: prompts.map(({ id }: { id: string }) => ({ promptId: id, text: "x" })),
      }),
      410,
    );
    assert.match(await text("/moderation/decisions"), /Prompts hidden[\s\S]*hidden prompts, /);
    assert.match(await text("/feeds/decisions.xml"), /hide-prompts: hidden prompts, /);
    assert.match(await text(page, "editor"), /Only moderators\s+see this/);

    assert.equal((await judge("show-prompts")).status, 303);
    assert.match(await text(page), /Prompts shown again[\s\S]*Prompts hidden/);
    assert.match(await text("/lab/prompt-sets"), new RegExp(LAB_PROMPTS));
    const { decisions } = await (await get("/api/v1/decisions?act=hide-prompts")).json();
    assert.deepEqual([decisions[0].promptSetId, decisions[0].promptsName], [LAB_PROMPTS, name]);
    assert.match(await text("/ledger"), /hide-prompts/);
  });

  it("hides a model everywhere and leaves a page that says why", async () => {
    const { file } = await (await get("/api/v1/models/evil")).json();
    assert.equal((await get(file)).status, 200);
    // Kept pages show it before.
    assert.match(await text("/leaderboard/sort-6"), /\/models\/evil/);
    const hidden = await decide("hide", "evil");
    assert.equal(hidden.status, 303);
    assert.equal(hidden.headers.get("location"), "/models/evil#decisions");
    const tombstone = await get("/models/evil");
    assert.equal(tombstone.status, 410);
    const page = await tombstone.text();
    assert.match(page, /This model is hidden/);
    assert.match(page, /Copied &lt;b>verbatim&lt;\/b> from/);
    assert.match(page, /name="robots" content="noindex"/);
    const escaped = HOSTILE_NAME.slice(0, 10).replace("<", "&lt;");
    assert.ok(!page.includes(escaped) && !page.includes("mallory"));
    for (
      const path of [
        "/",
        "/leaderboard/sort-6",
        "/leaderboard/sort-6?q=img",
        "/leaderboard/sort-6/pareto",
        "/leaderboard/sort-6/records",
        "/api/v1/leaderboard/sort-6",
        "/feeds/records.xml",
        "/feeds/verdicts.xml",
        "/authors",
        "/compare",
        "/audit",
        "/moderation/decisions",
      ]
    ) {
      const shown = await text(path);
      assert.ok(!shown.includes("mallory") && !shown.includes(escaped), path);
    }
    for (
      const path of [
        "/models/evil/scores/sort-6",
        "/models/evil/badge.svg",
        "/models/evil/recipe.json",
        "/submissions/evil",
        "/compare?models=evil,stories",
        "/api/v1/models/evil",
        "/api/v1/submissions/evil",
        "/api/v1/compare/sort-6?a=evil&b=stories",
        file,
      ]
    ) {
      const response = await get(path);
      assert.equal(response.status, 410, path);
      await response.body?.cancel();
    }
    const { error } = await (await get("/api/v1/models/evil")).json();
    assert.deepEqual([error.status, error.got], [410, REASON]);
    assert.equal((await get("/authors/%3Cb%3Emallory%3C%2Fb%3E")).status, 404);
  });

  it("shows moderators what is hidden, to decide again", async () => {
    const page = await text("/models/evil", "editor");
    assert.match(page, /Only moderators see this page/);
    assert.match(page, /value="unhide"/);
    assert.match(await text("/moderation?queue=hidden", "editor"), /data-entry="evil"/);
    await decide("unhide", "evil");
    assert.equal((await get("/models/evil")).status, 200);
    assert.match(await text("/leaderboard/sort-6"), /\/models\/evil/);
  });

  it("publishes every decision: page, feed, JSON, ledger and the page of the model", async () => {
    const page = await text("/moderation/decisions");
    assert.match(page, /Copied &lt;b>verbatim&lt;\/b>/);
    assert.match(page, /by The editor/);
    const { decisions } = await (await get("/api/v1/decisions?act=hide")).json();
    assert.equal(decisions.length, 1);
    assert.deepEqual(
      [decisions[0].entryId, decisions[0].reason, decisions[0].moderator],
      ["evil", REASON, "The editor"],
    );
    assert.ok(page.includes(`id="${decisions[0].id}"`));
    const feed = await text("/feeds/decisions.xml");
    assert.match(feed, new RegExp(`#${decisions[0].id}`));
    const line = await text(`/ledger?before=${decisions[0].ledgerSeq + 1}`);
    assert.match(line, /&quot;act&quot;:&quot;hide&quot;/);
    assert.match(await text("/models/evil"), /Decisions of moderators/);
    assert.equal((await get("/moderation/decisions?act=dance")).status, 422);
    assert.doesNotMatch(await text("/moderation/decisions?act=ban"), /verbatim/);
  });

  it("features a model on the board, and no longer", async () => {
    const featured = async () =>
      (await (await get("/api/v1/leaderboard/sort-6?featured=on")).json()).rows
        .map(({ entryId }: { entryId: string }) => entryId);
    assert.deepEqual(await featured(), []);
    await decide("feature", "stories");
    assert.deepEqual(await featured(), ["stories"]);
    await decide("unfeature", "stories");
    assert.deepEqual(await featured(), []);
  });

  it("bans by a form, keeps what is sent away, and lifts the ban", async () => {
    const order = {
      author: "Troll",
      reason: "nothing but noise",
      back: "/moderation/accounts#ban",
    };
    const banned = await post("/moderation", { ...order, act: "ban" }, "editor");
    assert.equal(banned.headers.get("location"), "/moderation/accounts#ban");
    assert.match(await text("/moderation/accounts", "editor"), /nothing but noise/);
    const fixture = new URL("../fixtures/old-shakespeare.fp16.tinygpt", import.meta.url);
    const send = async () =>
      await app.request("/api/v1/submissions?name=a&author=troll", {
        method: "POST",
        body: await Deno.readFile(fixture),
      });
    const refused = await send();
    assert.equal(refused.status, 403);
    assert.match((await refused.json()).error.got, /nothing but noise/);
    await post("/moderation", { ...order, act: "unban" }, "editor");
    assert.equal((await send()).status, 201);
  });

  it("lets an admin give roles, to others only, and nobody else", async () => {
    const { id } = accounts.author;
    const give = (account: string, role: string, as: Role) =>
      post("/moderation/accounts", { account, role }, as);
    assert.equal((await give(id, "editor", "editor")).status, 403);
    assert.doesNotMatch(await text("/moderation/accounts", "editor"), /name="role"/);
    assert.match(await text("/moderation/accounts", "admin"), /name="role"/);
    assert.equal((await give(accounts.admin.id, "author", "admin")).status, 403);
    assert.equal((await give(id, "king", "admin")).status, 422);
    assert.equal((await give(id, "editor", "admin")).status, 303);
    assert.equal((await get("/moderation", "author")).status, 200);
    assert.equal((await give("nobody", "editor", "admin")).status, 404);
    const { events } = await (await get("/api/v1/ledger")).json();
    const role = events.find(({ kind }: { kind: string }) => kind === "role");
    assert.deepEqual(JSON.parse(role.payload), {
      account: id,
      by: accounts.admin.id,
      role: "editor",
    });
  });

  it("leads back only to this site", async () => {
    const order = { act: "feature", entry: "bard", reason: "r", back: "//evil.test/" };
    const { headers } = await post("/moderation", order, "editor");
    assert.equal(headers.get("location"), "/moderation");
  });
});
