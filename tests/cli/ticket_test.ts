import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { toHex, utf8 } from "../../lib/bytes.ts";
import { sha256Now } from "../../lib/hash.ts";
import { canonicalJson } from "../../lib/verification/canonical.ts";
import type { ChainEvent } from "../../lib/verification/ledger_chain.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { isTicketOf, type Ticket } from "../../lib/verification/ticket.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { addAccount, bearer } from "../support/accounts.ts";
import { cliWith } from "../support/cli.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

describe("cli ticket", () => {
  let dir: string;
  let app: TestApp;
  let url: string;
  let key: string;
  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-ticket-" });
    app = await openTestApp();
    url = app.listen();
    const { authorization } = await bearer(app.services, await addAccount(app.services));
    key = authorization.replace("Bearer ", "");
    const { seed: _, ...recipe } = tinyRecipe({ steps: 20 });
    await Deno.writeTextFile(`${dir}/recipe.json`, JSON.stringify(recipe));
    await Deno.writeTextFile(`${dir}/other.json`, JSON.stringify({ ...recipe, author: "Bob" }));
  });
  afterAll(async () => {
    await app.close();
    await Deno.remove(dir, { recursive: true });
  });

  const run = (...words: string[]) =>
    cliWith({ TINYPROOF_KEY: key }, ...words, "--server", url, "--json");
  const kept = async (): Promise<Ticket> =>
    JSON.parse(await Deno.readTextFile(`${dir}/my.ticket.json`));
  const tickets = async (): Promise<Ticket[]> =>
    (await (await fetch(`${url}/api/v1/tickets`)).json()).tickets;
  const before = 3;

  it("trains with a seed that the board drew, and keeps the ticket", async () => {
    const words = ["train", "--recipe", `${dir}/recipe.json`, "--ticket", `${dir}/my.ticket.json`];
    const { code, stderr } = await run(...words, "--out", `${dir}/a.tinygpt`);
    assert.equal(code, 0, stderr);
    const ticket = await kept();
    const file = readTinygpt(await Deno.readFile(`${dir}/a.tinygpt`));
    assert.equal(file.header.trainedIn, "command-line");
    assert.equal(await isTicketOf(ticket, parseRecipe(file.recipe)), true);
    // Again, as after a crash: the same ticket, the same model.
    const again = await run(...words, "--out", `${dir}/b.tinygpt`);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await tickets()).length, before + 1);
    const other = readTinygpt(await Deno.readFile(`${dir}/b.tinygpt`));
    assert.deepEqual(other.weights, file.weights);
  });

  it("gives the ticket that was taken, and another one under another name", async () => {
    const taken = await run("ticket", `${dir}/my.ticket.json`, "--recipe", `${dir}/recipe.json`);
    assert.deepEqual(JSON.parse(taken.stdout), await kept());
    const second = await run("ticket", `${dir}/second.json`, "--recipe", `${dir}/recipe.json`);
    assert.notEqual(JSON.parse(second.stdout).seed, (await kept()).seed);
    assert.equal((await tickets()).length, before + 2);
  });

  it("refuses the ticket of another recipe, an edited one, and two seeds at once", async () => {
    const edited = { ...await kept(), seed: 7 };
    await Deno.writeTextFile(`${dir}/edited.json`, JSON.stringify(edited));
    await Deno.writeTextFile(`${dir}/torn.json`, "{");
    const cases: [string[], RegExp][] = [
      [["--recipe", `${dir}/other.json`, "--ticket", `${dir}/my.ticket.json`], /another recipe/],
      [["--recipe", `${dir}/recipe.json`, "--ticket", `${dir}/edited.json`], /does not follow/],
      [["--recipe", `${dir}/recipe.json`, "--ticket", `${dir}/torn.json`], /is not JSON/],
      [["--recipe", `${dir}/recipe.json`, "--ticket", `${dir}/n.json`, "--seed", "3"], /--seed or/],
    ];
    for (const [words, message] of cases) {
      const { code, stderr } = await run("train", ...words, "--out", `${dir}/no.tinygpt`);
      assert.ok(code === 1 || code === 2, stderr);
      assert.match(stderr, message);
    }
  });

  it("says what it takes without a key", async () => {
    const words = ["ticket", `${dir}/none.json`, "--recipe", `${dir}/recipe.json`];
    const { code, stderr } = await cliWith({}, ...words, "--server", url);
    assert.equal(code, 1);
    assert.match(stderr, /This needs an account/);
  });

  it("is drawn as the ledger says, which whoever reads the ledger computes again", async () => {
    const answer = await (await fetch(`${url}/api/v1/ledger?limit=100`)).json();
    const verify = async (events: ChainEvent[]) => {
      await Deno.writeTextFile(`${dir}/ledger.json`, JSON.stringify(events));
      return await cliWith({}, "ledger", "verify", `${dir}/ledger.json`);
    };
    const honest = await verify(answer.events);
    assert.equal(honest.code, 0, honest.stderr);
    // A board that names a seed it likes, and hashes everything after it anew.
    const events = answer.events.toReversed() as ChainEvent[];
    const at = events.findIndex(({ kind }) => kind === "ticket");
    const drawn = JSON.parse(events[at].payload);
    events[at].payload = canonicalJson({ ...drawn, seed: 7 });
    for (const [i, event] of events.entries()) {
      if (i > 0) event.prevHash = events[i - 1].hash;
      const { seq, at, kind, payload, prevHash } = event;
      const text = canonicalJson({ seq, at, kind, payload });
      event.hash = toHex(sha256Now(utf8("ledger/v1"), utf8(prevHash), utf8(text)));
    }
    const { code, stderr } = await verify(events.toReversed());
    assert.equal(code, 1);
    assert.match(stderr, /ticket of event \d+ does not give the seed it names/);
    assert.match(stderr, new RegExp(`seed ${drawn.seed}`));
  });
});
