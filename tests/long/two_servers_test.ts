// Two servers, or more, over one PostgreSQL: what they must not do twice.

import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { configFromEnv, createServices, type Services } from "../../lib/services.ts";
import { migrations } from "../../lib/storage/migrate.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

for (const backend of testBackends().filter(({ name }) => name === "postgres")) {
  describe("servers over one PostgreSQL", () => {
    let opened: TestDatabase;
    let servers: Services[];
    beforeEach(async () => {
      opened = await backend.open({ migrated: false });
      servers = [];
    });
    afterEach(async () => {
      for (const server of servers) {
        await server.close();
        await Deno.remove(server.config.dataDir, { recursive: true });
      }
      await opened.close();
    });
    afterAll(() => backend.close());

    /** Each with a disk of its own, all at once. */
    async function start(count: number): Promise<void> {
      servers = await Promise.all(Array.from({ length: count }, async () => {
        const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
        const config = { ...configFromEnv({}), dataDir, databaseUrl: opened.databaseUrl };
        return await createServices(config);
      }));
    }

    it("start together on an empty database, and each finds it whole", async () => {
      await start(4);
      for (const { db, queue } of servers) {
        assert.deepEqual(await db.selectFrom("entry").select("id").execute(), []);
        assert.equal(await queue.claim("score"), null);
      }
      const { rows } = await opened.queueDatabase.executeSql("select name from kysely_migration");
      assert.equal(rows.length, Object.keys(migrations).length);
    });
  });
}
