import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/hash.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { cli, cliError, cliJson, cliWith } from "../support/cli.ts";
import { withHeader } from "../support/model_files.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { smallModel } from "../support/small_models.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const SORTER = new URL("../../data/gallery/sort-6.tinygpt", import.meta.url);

interface Outcome {
  id: string;
  status: string;
  withdraw?: string;
  known?: boolean;
  scores?: { id: string; version: number; score: number | null }[];
}

describe("cli submit and withdraw", () => {
  let dir: string;
  let server: TestServer;
  let model: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-submit-" });
    // Every run here is over the budget; of the tiny recipe's six segments it holds two.
    const flops = trainingFlops({ ...tinyRecipe(), steps: 25 });
    server = await startServer(`${dir}/var`, { TINYPROOF_REPLAY_FLOPS: String(flops) });
    model = await Deno.readFile(SORTER);
    await Deno.writeFile(`${dir}/sorter.tinygpt`, model);
  });
  afterAll(async () => {
    await server.stop();
    await Deno.remove(dir, { recursive: true });
  });

  const submit = (file: string, ...words: string[]) =>
    cliJson<Outcome>("submit", `${dir}/${file}`, "--server", server.url, "--author=Ada", ...words);
  const api = async (path: string) => await (await fetch(`${server.url}/api/v1${path}`)).json();

  it("sends a file, waits for its scores and gives those of this machine, to the bit", async () => {
    const sent = await submit("sorter.tinygpt", "--name=Sorter", "--blurb=Sorts", "--wait");
    const local = await cliJson<
      { scores: { benchmark: string; version: number; score: number }[] }
    >(
      "score",
      `${dir}/sorter.tinygpt`,
    );
    const bits = (id: string, version: number, score: number | null) => `${id}@${version} ${score}`;
    assert.deepEqual(
      sent.scores?.map(({ id, version, score }) => bits(id, version, score)).sort(),
      local.scores.map((row) => bits(row.benchmark, row.version, row.score)).sort(),
    );
    const { name, author } = await api(`/submissions/${sent.id}`);
    assert.deepEqual([name, author], ["Sorter", "Ada"]);
    assert.match(sent.withdraw!, /\/withdraw\?key=[0-9a-f]{32}$/);
  });

  it("sends nothing when the very same file is there", async () => {
    const again = await submit("sorter.tinygpt");
    assert.equal(again.known, true);
    assert.equal(again.withdraw, undefined);
  });

  it("goes on where an earlier run was interrupted", async () => {
    const long = withHeader(model, (header) => header.padding = "x".repeat(5_000_000));
    await Deno.writeFile(`${dir}/long.tinygpt`, long);
    const sha256 = await sha256Hex(long);
    const headers = { "tus-resumable": "1.0.0" };
    const begun = await fetch(`${server.url}/api/v1/uploads`, {
      method: "POST",
      headers: {
        ...headers,
        "upload-length": String(long.length),
        "upload-metadata": `sha256 ${btoa(sha256)},filename ${btoa("long.tinygpt")}`,
      },
    });
    const url = new URL(begun.headers.get("location")!, server.url).href;
    await fetch(url, {
      method: "PATCH",
      body: long.slice(0, 4_500_000),
      headers: {
        ...headers,
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
      },
    });
    await Deno.writeTextFile(`${dir}/long.tinygpt.upload`, JSON.stringify({ url, sha256 }));
    const { id } = await submit("long.tinygpt", "--fork-of=nothing-known").catch(() => ({
      id: "",
    }));
    assert.equal(id, "", "a model that does not exist is no parent");
    assert.equal((await (await fetch(url)).json()).offset, long.length);
    const sent = await submit("long.tinygpt", `--name=Long`);
    assert.equal((await (await fetch(url)).json()).submission, sent.id);
    await assert.rejects(Deno.stat(`${dir}/long.tinygpt.upload`), Deno.errors.NotFound);
  });

  /** As an earlier run leaves it that broke off in the first state; the address of the upload. */
  async function interruptedState(id: string, key: string): Promise<string> {
    const { spotCheck } = await api(`/submissions/${id}`);
    const leaf = String(spotCheck.states[0].leaf).padStart(5, "0");
    const path = `${dir}/tiny.tinygpt.states/state-${leaf}.tinygpt`;
    const bytes = await Deno.readFile(path);
    const sha256 = await sha256Hex(bytes);
    const headers = { "tus-resumable": "1.0.0" };
    const pairs = { sha256, filename: "state.tinygpt", stateOf: id };
    const begun = await fetch(`${server.url}/api/v1/uploads`, {
      method: "POST",
      headers: {
        ...{ ...headers, "withdrawal-key": key, "upload-length": String(bytes.length) },
        "upload-metadata": Object.entries(pairs)
          .map(([name, value]) => `${name} ${btoa(value)}`).join(),
      },
    });
    const url = new URL(begun.headers.get("location")!, server.url).href;
    await fetch(url, {
      method: "PATCH",
      body: bytes.slice(0, 9000),
      headers: {
        ...{ ...headers, "upload-offset": "0" },
        "content-type": "application/offset+octet-stream",
      },
    });
    await Deno.writeTextFile(`${path}.upload`, JSON.stringify({ url, sha256, stateOf: id }));
    return url;
  }

  it("delivers the states a board asks for, and the segments are replayed", async () => {
    await Deno.writeTextFile(`${dir}/tiny.json`, JSON.stringify(tinyRecipe()));
    await cliJson(
      "train",
      "--recipe",
      `${dir}/tiny.json`,
      "--out",
      `${dir}/tiny.tinygpt`,
      "--keep-states",
    );
    const { id, withdraw } = await submit("tiny.tinygpt", "--wait");
    const key = new URL(withdraw!).searchParams.get("key")!;
    const events = await fetch(`${server.url}/api/v1/submissions/${id}/events`);
    for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
      if (chunk.includes('"spotCheck":{"state":"waiting"')) break;
    }
    const words = ["spot-check", id, "--server", server.url, "--withdrawal-key", key];
    await Deno.mkdir(`${dir}/empty`);
    const { stderr } = await cliError(...words, "--states", `${dir}/empty`);
    assert.match(stderr, /States that the board asks for are not in/);
    const upload = await interruptedState(id, key);
    const done = await cliJson<{ provenance: string; sampled: { count: number; of: number } }>(
      ...[...words, "--states", `${dir}/tiny.tinygpt.states`, "--wait"],
    );
    assert.deepEqual(done, { id, provenance: "sampled", sampled: { count: 2, of: 6 } });

    assert.equal((await (await fetch(upload)).json()).submission, id, "it went on with that one");

    const [report] = (await api(`/models/${id}`)).reports;
    for (const [name, path] of [["keys", "/keys"], ["report", `/reports/${report.id}/envelope`]]) {
      await Deno.writeTextFile(`${dir}/${name}.json`, JSON.stringify(await api(path)));
    }
    const checked = await cli(
      "report",
      "verify",
      `${dir}/report.json`,
      "--keys",
      `${dir}/keys.json`,
    );
    assert.match(checked.stdout, /^sampled +2\/6: segments \d, \d from 0$/m);
    assert.match(checked.stdout, /^nonce +[0-9a-f]{64}, and these segments follow from it$/m);
  });

  it("takes a model back by the key, once, and by no other", async () => {
    await Deno.writeFile(`${dir}/small.tinygpt`, smallModel(1));
    const { id, withdraw } = await submit("small.tinygpt");
    const key = new URL(withdraw!).searchParams.get("key")!;
    const words = ["withdraw", `${server.url}/models/${id}`, "--server", server.url];
    await cliError(...words, "--withdrawal-key", "0".repeat(32));
    const taken = await cliJson<{ withdrawnAt: string }>(...words, "--withdrawal-key", key);
    assert.ok(Date.parse(taken.withdrawnAt));
    assert.equal((await api(`/submissions/${id}`)).status, "withdrawn");
  });

  it("ends with 1 for a bad file, 2 for a bad call, and 3 when no board answers", async () => {
    await Deno.writeTextFile(`${dir}/bad.tinygpt`, "no model");
    const code = async (...words: string[]) => (await cli("submit", ...words)).code;
    assert.equal(await code(`${dir}/bad.tinygpt`, "--server", server.url), 1);
    assert.equal(await code(`${dir}/sorter.tinygpt`, "--servr", server.url), 2);
    const nobody = await cli("submit", `${dir}/sorter.tinygpt`, "--server=http://127.0.0.1:9");
    assert.equal(nobody.code, 3);
    assert.match(nobody.stderr, /could not be reached/);
    assert.match(nobody.stderr, /^ {2}mend: /m);
  });

  it("says a refusal in the words of the board", async () => {
    await Deno.writeFile(`${dir}/other.tinygpt`, smallModel(2));
    const { stderr } = await cliError("submit", `${dir}/other.tinygpt`, "--server", server.url);
    assert.match(stderr, /submission\.author/);
  });

  it("keeps an API key out of what it prints", async () => {
    const env = { TINYPROOF_KEY: "very-secret" };
    const { stdout, stderr } = await cliWith(
      env,
      ...["submit", `${dir}/other.tinygpt`, "--server=http://127.0.0.1:9"],
    );
    assert.doesNotMatch(stdout + stderr, /very-secret/);
  });
});
