// The real server with secrets in its environment: none of them leaves it.

import { afterAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { COOKIE_PREFIX } from "../../lib/accounts/auth_options.ts";
import { fromUtf8 } from "../../lib/bytes.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import { testBackends } from "../support/databases.ts";
import { startServer } from "../support/server.ts";

const ROOT = new URL("../../", import.meta.url);
const PLANTED = "planted-secret-7f3a";

/** Asks for pages that work and pages that do not, with a secret in every place of a request. */
async function visit(url: string): Promise<string> {
  const cookie = `${COOKIE_PREFIX}.session_token=${PLANTED}-cookie`;
  const headers = { cookie, "x-forwarded-for": "203.0.113.5" };
  const paths = [
    ...["/", "/leaderboard/sort-6", "/nothing", "/models/none", "/metrics", "/readyz", "/healthz"],
    ...["/api/v1/models/none", "/api/v1/leaderboard/sort-6?sort=none", "/submissions/none"],
  ];
  let text = "";
  for (const path of paths) {
    const query = `${path.includes("?") ? "&" : "?"}token=${PLANTED}-query`;
    const response = await fetch(`${url}${path}${query}`, { headers });
    text += [...response.headers].join("\n") + await response.text();
  }
  for (const authorization of [`Bearer ${PLANTED}-header`, `Basic ${PLANTED}-header`]) {
    text += await (await fetch(`${url}/`, { headers: { ...headers, authorization } })).text();
  }
  const post = await fetch(`${url}/api/v1/submissions?name=&author=${PLANTED}-field`, {
    ...{ method: "POST", headers, body: "no model" },
  });
  return text + await post.text();
}

/** What /readyz says once it has noticed. */
async function untilNotReady(url: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/readyz`);
    const text = await response.text();
    if (response.status === 503) return text;
  }
}

/** Ends the connections to a database, and lets nobody open another. */
async function takeAway(databaseUrl: string): Promise<void> {
  const [, name] = /\/(test_\d+)\?/.exec(databaseUrl)!;
  const admin = await openDatabase({
    dataDir: "",
    databaseUrl: databaseUrl.replace(`/${name}?`, "/postgres?"),
  });
  await admin.queueDatabase.executeSql(
    `alter database ${name} allow_connections false;
     select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
  await admin.close();
}

for (const backend of testBackends()) {
  describe(`secrets of a server on ${backend.name}`, () => {
    afterAll(() => backend.close());

    it("are in no line of its log and in no answer, also when the database is gone", async () => {
      const opened = await backend.open({ migrated: false });
      const token = `${PLANTED}-metrics-token`;
      const env: Record<string, string> = {
        ...{ TINYPROOF_LOG_LEVEL: "trace", TINYPROOF_SWEEP: "off" },
        TINYPROOF_METRICS_TOKEN: token,
      };
      const { databaseUrl } = opened;
      if (databaseUrl !== undefined) {
        // Any password will do: the cluster of the tests trusts everybody.
        env.DATABASE_URL = databaseUrl.replace("//tester@", `//tester:${PLANTED}%40db@`);
        assert.notEqual(env.DATABASE_URL, databaseUrl);
      }
      const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-secrets-" });
      const server = await startServer(dataDir, env);
      let answers = await visit(server.url);
      const authorization = { headers: { authorization: `Bearer ${token}` } };
      answers += await (await fetch(`${server.url}/metrics`, authorization)).text();
      if (databaseUrl !== undefined) {
        await takeAway(databaseUrl);
        answers += await untilNotReady(server.url);
        answers += await visit(server.url);
        assert.ok(/"database": "failed"/.test(answers));
        assert.ok(/Something broke on our side/.test(answers));
        await server.said(/("level":"ERROR")/);
      }
      await server.stop();
      await opened.close();
      await Deno.remove(dataDir, { recursive: true });
      const said = await server.output();
      assert.match(said, /GET \/models\/none 404/);
      assert.doesNotMatch(said, new RegExp(PLANTED));
      assert.deepEqual(
        answers.match(new RegExp(`${PLANTED}-(metrics|header|cookie)|%40db|@db`)),
        null,
      );
      assert.doesNotMatch(said, /203\.0\.113\.5/, "nor does the log know who came");
    });
  });
}

describe("secrets of a server that cannot start", () => {
  it("are not in what it says of it", async () => {
    const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-secrets-" });
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "dev.ts", "start"],
      cwd: ROOT,
      env: {
        ...{ PORT: "0", TINYPROOF_DATA: dataDir, TINYPROOF_LOG_LEVEL: "trace" },
        DATABASE_URL: `postgres://board:${PLANTED}@127.0.0.1:1/board`,
      },
    }).output();
    await Deno.remove(dataDir, { recursive: true });
    const said = fromUtf8(stdout) + fromUtf8(stderr);
    assert.equal(code, 1);
    assert.match(said, /The database does not let us in: .*ECONNREFUSED/);
    assert.match(said, /mend: .*DATABASE_URL/);
    assert.doesNotMatch(said, new RegExp(PLANTED));
    assert.doesNotMatch(said, /Uncaught|^ {4}at /m);
  });
});
