import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Account } from "../../lib/accounts/caller.ts";
import { itemsOf, requireSet } from "../../lib/lab/set_store.ts";
import { requirePromptSet, savePromptSet } from "../../lib/lab/store.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { cliJson, cliWith } from "../support/cli.ts";
import { LAB_RUBRIC } from "../support/lab_seed.ts";
import { AT } from "../support/lab_sets.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const MODEL = "data/gallery/sort-6.tinygpt";
const SEARCH = ["--beams", "3", "--max-tokens", "11"];

describe("generating a set", () => {
  let app: TestApp;
  let base: string;
  let account: Account;
  let key: string;
  let promptSet: string;
  let folder: string;

  beforeAll(async () => {
    app = await openTestApp({ guests: "hold" });
    base = app.listen();
    folder = await Deno.makeTempDir();
    account = await addAccount(app.services);
    const { authorization } = await bearer(app.services, account);
    key = authorization.replace("Bearer ", "");
    ({ id: promptSet } = await savePromptSet(app.services.db, {
      name: "Digits",
      prompts: [
        { id: "1", category: "Plot", text: "sort: 5 1 4 2 6 3 = " },
        { id: "2", category: "Grammar", text: "sort: 9 8 7 3 2 1 = " },
      ],
      source: "",
    }, { accountId: null, at: AT }));
  });
  afterAll(async () => {
    await app.close();
    await Deno.remove(folder, { recursive: true });
  });

  const generate = (...words: string[]) => generateAs(key, ...words);

  async function generateAs(key: string, ...words: string[]) {
    const { code, stdout, stderr } = await cliWith(
      { TINYPROOF_KEY: key },
      ...["lab", "generate", MODEL, "--server", base, "--prompts", promptSet],
      ...["--rubric", LAB_RUBRIC, "--json", "--keep", folder, ...SEARCH, ...words],
    );
    return { code, stderr, answer: code === 0 ? JSON.parse(stdout) : null };
  }

  it("completes every prompt as the search alone does, and makes a set to score", async () => {
    const { answer, stderr } = await generate("--model", "Sorter", "--name", "Sorted");
    assert.ok(answer, stderr);
    const { db } = app.services;
    const set = await requireSet(db, answer.id);
    assert.equal(set.name, "Sorted");
    assert.deepEqual(set.models, [{ name: "Sorter", parameters: 1360, entryId: null }]);
    assert.deepEqual(set.decoding, {
      ...{ beams: 3, sample: false, minLength: null, maxLength: 11, unit: "tokens" },
      note: "no end token",
    });
    const items = await itemsOf(db, set.id);
    assert.deepEqual(items.map(({ category }) => category), ["Plot", "Grammar"]);
    for (const { prompt, completion } of items) {
      const { texts } = await cliJson<{ texts: { text: string }[] }>(
        ...["generate", MODEL, "--prompt", prompt, ...SEARCH],
      );
      assert.equal(completion, texts[0].text);
    }
    assert.equal((await app.request(`${answer.url}/score`)).status, 200);
  });

  it("lets a further model join, under a name of its own", async () => {
    const { answer: { id } } = await generate("--model", "One");
    const { answer, stderr } = await generate("--model", "Two", "--into", id);
    assert.ok(answer, stderr);
    assert.deepEqual(answer.models, ["One", "Two"]);
    assert.equal((await itemsOf(app.services.db, id)).length, 4);
    const again = await generate("--model", "Two", "--into", id);
    assert.match(again.stderr, /cannot take Two.*without a model of that name/s);
    const foreign = await generate("--model", "X", "--into", "smallset");
    assert.match(foreign.stderr, /You have no generated set smallset/);
    assert.deepEqual([...Deno.readDirSync(folder)], [], "nothing was computed for these");
  });

  it("finds the set to join by its name, of those that fit, and asks where several do", async () => {
    const { answer: { id } } = await generate("--model", "One", "--name", "Pairs");
    const second = await generate("--model", "Two", "--into", "Pairs");
    assert.equal(second.answer?.id, id, second.stderr);
    const none = await generate("--model", "Three", "--into", "Paris");
    assert.match(
      none.stderr,
      new RegExp(`no generated set Paris.*${id} \\(Pairs: One, Two\\)`, "s"),
    );
    // A set of that name which holds a model Two does not stand in the way of another.
    const { answer: other } = await generate("--model", "One", "--name", "Pairs");
    assert.equal((await generate("--model", "Two", "--into", "Pairs")).answer?.id, other.id);
    const several = await generate("--model", "Three", "--into", "Pairs");
    assert.match(several.stderr, /Several sets of yours are called Pairs/);
    assert.ok(several.stderr.includes(id) && several.stderr.includes(other.id));
  });

  it("goes on after what an earlier run has written, and after half a line", async () => {
    // Refused by the board, so what was computed stays.
    const refused = await generateAs("", "--model", "X");
    const [{ name }] = [...Deno.readDirSync(folder)];
    assert.match(refused.stderr, new RegExp(`kept in ${folder}/${name}`));
    const [head, one, two] = (await Deno.readTextFile(`${folder}/${name}`)).split("\n");
    // Marked, to see that it is taken as it is.
    const marked = JSON.stringify({ ...JSON.parse(one), text: "kept" });
    await Deno.writeTextFile(`${folder}/${name}`, `${head}\n${marked}\n${two.slice(0, 9)}`);
    const { answer, stderr } = await generate("--model", "Rest");
    assert.match(stderr, /Going on after 1 of 2 completions/);
    const texts = (await itemsOf(app.services.db, answer.id)).map(({ completion }) => completion);
    assert.deepEqual(texts, ["kept", JSON.parse(two).text]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    await Deno.writeTextFile(`${folder}/${name}`, "something else");
    assert.match((await generate()).stderr, /another kind of file/);
    await Deno.remove(`${folder}/${name}`);
  });

  it("refuses completions that are not those of the prompts", async () => {
    const { rubrics } = await (await app.request("/api/v1/lab/prompt-sets")).json();
    const response = await app.request("/api/v1/lab/generated", {
      method: "POST",
      headers: headers(),
      body: JSON.stringify({
        ...{ promptSetId: promptSet, rubricId: rubrics[0].id },
        model: { name: "M", parameters: 1 },
        decoding: { beams: 1, sample: false, minLength: null, maxLength: 1, unit: "tokens" },
        completions: [{ promptId: "1", text: "x" }],
      }),
    });
    assert.equal(response.status, 422);
    assert.equal((await response.json()).error.got, "none of prompt 2");
  });

  const headers = () => ({
    "content-type": "application/json",
    authorization: `Bearer ${key}`,
  });

  it("takes prompts from programs, once, and shows them with what was made of them", async () => {
    const draft = {
      name: "Foxes",
      prompts: [{ id: "a", category: "Plot", text: "A <b>fox</b>\nran" }],
      ...{ source: "written for a test", licence: "CC0-1.0" },
    };
    const post = (body: object) =>
      app.request("/api/v1/lab/prompt-sets", {
        ...{ method: "POST", headers: headers(), body: JSON.stringify(body) },
      });
    const made = await (await post(draft)).json();
    assert.equal((await (await post({ ...draft, name: "Other" })).json()).id, made.id);
    assert.equal((await post({ ...draft, prompts: [] })).status, 422);
    const anonymous = { method: "POST", body: JSON.stringify(draft) };
    const type = { "content-type": "application/json" };
    const refused = await app.request("/api/v1/lab/prompt-sets", { ...anonymous, headers: type });
    assert.equal(refused.status, 401);
    const page = await (await app.request(made.url)).text();
    for (const text of ["A &lt;b>fox&lt;/b>\nran", "written for a test", "CC0-1.0"]) {
      assert.ok(page.includes(text), text);
    }
    assert.match(page, /Sets of completions<\/h2><p class="note">None yet/);
    const used = await (await app.request(`/lab/prompt-sets/${promptSet}`)).text();
    assert.match(used, /\/lab\/sets\/\w+">Sorted</);
    const list = await (await app.request("/lab/prompt-sets")).text();
    assert.match(list, /Foxes/);
    assert.match(list, /Sign in<\/a> to add some/);
  });

  it("takes prompts from the form, and gives back what it refuses", async () => {
    const signed = { cookie: await sessionCookie(app.services, account) };
    const send = (fields: Record<string, string>, file?: File) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      if (file) body.set("file", file);
      return app.request("/lab/prompt-sets", { method: "POST", headers: signed, body });
    };
    const lines = "# Plot\r\nLily had a ball. \r\n\r\n# Grammar\r\nTom";
    const kept = await send({ name: "Lines", prompts: lines, source: "here", licence: "MIT" });
    assert.equal(kept.status, 303);
    const { prompts, licence } = await requirePromptSet(
      app.services.db,
      kept.headers.get("location")!.split("/").at(-1)!,
    );
    assert.equal(licence, "MIT");
    assert.deepEqual(prompts, [
      { id: "1", category: "Plot", text: "Lily had a ball. " },
      { id: "2", category: "Grammar", text: "Tom" },
    ]);
    const table = new File(['category,prompt\nPlot,"One,\ntwo"\n'], "p.csv");
    assert.equal((await send({ name: "Table" }, table)).status, 303);
    const bad = await send({ name: "Bad", prompts: "No category <i>", source: "", licence: "" });
    assert.equal(bad.status, 422);
    const page = await bad.text();
    assert.match(page, /A prompt is of no category/);
    assert.match(page, /No category &lt;i><\/textarea>/);
  });

  it("offers the sets that fit by name, and keeps the form when it refuses", async () => {
    const cookie = await sessionCookie(app.services, account);
    const page = await (await app.request("/lab/generate", { headers: { cookie } })).text();
    assert.match(page, /<optgroup label="Digits \(2\), Small rubric, version 2">/);
    const [, id] = /<option value="(\w+)">Sorted \(Sorter\)/.exec(page)!;
    assert.doesNotMatch(page, /Two small models \(/);
    const other = await app.services.db.selectFrom("lab_prompt_set").select("id")
      .where("name", "=", "Three prompts").executeTakeFirstOrThrow();
    const [, rubricId] = /name="rubricId"[^>]*><option value="(\w+)"/.exec(page)!;
    const body = new URLSearchParams({
      ...{ entry: "stories", promptSetId: other.id, rubricId, into: id, model: "Kept name" },
      ...{ beams: "7", minTokens: "0", maxTokens: "9" },
    });
    const refused = await app.request("/lab/generate", {
      ...{ method: "POST", headers: { cookie }, body },
    });
    assert.equal(refused.status, 422);
    const again = await refused.text();
    assert.match(again, /The set is of other prompts/);
    assert.match(again, /value="Kept name"/);
    assert.match(again, new RegExp(`<option (selected )?value="${id}"( selected)?>Sorted`));
  });

  it("names the prompts there are to who names others", async () => {
    const { code, stderr } = await generate("--prompts", "nothing");
    assert.equal(code, 1);
    assert.match(stderr, /Digits/);
  });
});
