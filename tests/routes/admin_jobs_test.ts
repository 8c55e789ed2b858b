import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { failJob } from "../../lib/jobs/settle.ts";
import { takeHeartbeat } from "../../lib/jobs/heartbeat.ts";
import { getJob } from "../../lib/queue/store.ts";
import type { Services } from "../../lib/services.ts";
import { jobsOf } from "../../lib/submissions/store.ts";
import { addAccount, sessionCookie } from "../support/accounts.ts";
import { take, TEST_JOBS } from "../support/assigned.ts";
import { pgliteBackend, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import { appHandler, type Handler } from "../support/keyed_app.ts";
import { testServices } from "../support/services.ts";

const MARKUP = `<img src=x onerror="alert(1)">`;

describe("the page of jobs", () => {
  let opened: TestDatabase;
  let services: Services;
  let handler: Handler;
  let cookies: Record<"author" | "editor" | "admin", string>;
  beforeAll(async () => {
    opened = await pgliteBackend().open();
    services = await testServices(opened, { sweep: false }, { retryLimit: 0 }, TEST_JOBS);
    handler = await appHandler(services);
    const cookie = async (role: keyof typeof cookies) =>
      await sessionCookie(services, await addAccount(services, { role }));
    cookies = {
      author: await cookie("author"),
      editor: await cookie("editor"),
      admin: await cookie("admin"),
    };
  });
  afterAll(async () => {
    await services.close();
    await opened.close();
  });
  beforeEach(async () => {
    await services.db.updateTable("job").set({ dead: "discarded" }).where("dead", "=", "open")
      .execute();
  });

  const get = (cookie?: string) =>
    handler(
      new Request("http://board.test/admin/jobs", { headers: cookie ? { cookie } : {} }),
    );
  const post = (act: string, job: string, headers: Record<string, string> = {}) =>
    handler(
      new Request("http://board.test/admin/jobs", {
        method: "POST",
        headers: { cookie: cookies.admin, "sec-fetch-site": "same-origin", ...headers },
        body: new URLSearchParams({ act, job }),
      }),
    );

  async function submit(): Promise<string> {
    const { digest } = await services.blobs.putBytes(crypto.getRandomValues(new Uint8Array(9)));
    const { id } = await addEntry(services.db, {
      ...{ name: MARKUP, author: MARKUP, file_digest: digest, status: "received" },
      ...{ recipe: null, model_digest: null },
    });
    await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
    return id;
  }

  async function dead(): Promise<{ entry: string; job: string }> {
    const entry = await submit();
    const job = await take(services, "ada");
    const lease = { job: job!.job, fence: job!.fence };
    await takeHeartbeat(services, "ada", { ...lease, log: `said ${MARKUP}\n` });
    const outcome = { ended: "killed" as const, reason: `crashed ${MARKUP}` };
    await failJob(services, "ada", { ...lease, stage: "scoring", outcome });
    return { entry, job: job!.job };
  }

  async function text(response: Response, status = 200): Promise<string> {
    const body = await response.text();
    assert.equal(response.status, status, body.slice(0, 300));
    return body;
  }

  it("is for admins alone", async () => {
    assert.match(await text(await get(), 401), /needs an account/);
    for (const cookie of [cookies.author, cookies.editor]) {
      assert.match(await text(await get(cookie), 403), /role (&quot;|")admin/);
    }
    assert.match(await text(await get(cookies.admin)), /What is worked on/);
    const { job } = await dead();
    const asAuthor = await post("discard", job, { cookie: cookies.author });
    await text(asAuthor, 403);
    assert.equal((await getJob(services.db, job))?.dead, "open");
  });

  it("shows error, log, attempts and worker of what nobody could finish, as text", async () => {
    const { job } = await dead();
    const body = await text(await get(cookies.admin));
    assert.ok(body.includes(`data-dead="${job}"`));
    assert.match(body, /crashed &lt;img/);
    assert.match(body, /said &lt;img/);
    assert.match(body, /the last by test \(Deno, x86_64\)/);
    assert.equal(body.includes("<img src=x"), false);
  });

  it("has it run again, or takes it off the list", async () => {
    const again = await dead();
    assert.equal((await post("retry", again.job)).status, 303);
    assert.equal((await jobsOf(services.db, again.entry)).length, 2);
    const off = await dead();
    assert.equal((await post("discard", off.job)).status, 303);
    const body = await text(await get(cookies.admin));
    assert.equal(body.includes("data-dead="), false);
  });

  it("stops what waits", async () => {
    const entry = await submit();
    const [{ id }] = await jobsOf(services.db, entry);
    assert.ok((await text(await get(cookies.admin))).includes(`data-open="${id}"`));
    assert.equal((await post("cancel", id)).status, 303);
    const body = await text(await get(cookies.admin));
    assert.ok(body.includes(`data-dead="${id}"`) && !body.includes(`data-open="${id}"`));
  });

  it("says so when somebody else has decided meanwhile", async () => {
    const { job } = await dead();
    await post("discard", job);
    assert.match(await text(await post("retry", job), 404), /role="alert"/);
    assert.match(await text(await post("cancel", job), 404), /ended already/);
    assert.match(await text(await post("explode", job), 422), /role="alert"/);
    assert.match(await text(await post("retry", "../x"), 422), /role="alert"/);
  });

  it("takes no form of another site", async () => {
    const { job } = await dead();
    const headers = { "sec-fetch-site": "cross-site", origin: "https://elsewhere.test" };
    await text(await post("discard", job, headers), 403);
    assert.equal((await getJob(services.db, job))?.dead, "open");
  });
});
