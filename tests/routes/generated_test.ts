import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { itemsOf, requireSet } from "../../lib/lab/set_store.ts";
import { savePromptSet } from "../../lib/lab/store.ts";
import { addAccount, bearer } from "../support/accounts.ts";
import { cliJson, cliWith } from "../support/cli.ts";
import { LAB_RUBRIC } from "../support/lab_seed.ts";
import { AT } from "../support/lab_sets.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const MODEL = "data/gallery/sort-6.tinygpt";
const SEARCH = ["--beams", "3", "--max-tokens", "11"];

describe("generating a set", () => {
  let app: TestApp;
  let base: string;
  let key: string;
  let promptSet: string;
  let folder: string;

  beforeAll(async () => {
    app = await openTestApp();
    base = app.listen();
    folder = await Deno.makeTempDir();
    const { authorization } = await bearer(app.services, await addAccount(app.services));
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

  async function generate(...words: string[]) {
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
    assert.match(again.stderr, /A model of this name is in the set already/);
    const foreign = await generate("--model", "X", "--into", "smallset");
    assert.match(foreign.stderr, /set of your own/);
  });

  it("goes on after what an earlier run has written, and after half a line", async () => {
    // Refused by the board, so what was computed stays.
    const refused = await generate("--model", "X", "--into", "smallset");
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
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const { rubrics } = await (await app.request("/api/v1/lab/prompt-sets")).json();
    const response = await app.request("/api/v1/lab/generated", {
      method: "POST",
      headers,
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

  it("names the prompts there are to who names others", async () => {
    const { code, stderr } = await generate("--prompts", "nothing");
    assert.equal(code, 1);
    assert.match(stderr, /Digits/);
  });
});
