import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openDatabase } from "../../lib/storage/database.ts";
import { migrate, migrations } from "../../lib/storage/migrate.ts";
import { pgliteBackend, testBackends, type TestDatabase } from "../support/databases.ts";

for (const backend of testBackends()) {
  describe(`database on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open({ migrated: false });
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    it("migrates from empty to latest, and a second run does nothing", async () => {
      assert.deepEqual(await migrate(opened.db), Object.keys(migrations));
      assert.deepEqual(await migrate(opened.db), []);
    });

    it("reads int8 as a number and a timestamp as a Date", async () => {
      await migrate(opened.db);
      const row = await opened.db.insertInto("blob")
        .values({ digest: "d", byte_length: 2 ** 40 }).returningAll().executeTakeFirstOrThrow();
      assert.equal(row.byte_length, 2 ** 40);
      assert.ok(row.created_at instanceof Date);
    });

    it("keeps concurrent transactions and queries apart", async () => {
      await migrate(opened.db);
      const count = () => opened.db.selectFrom("blob").select("digest").execute();
      const rolledBack = opened.db.transaction().execute(async (trx) => {
        await trx.insertInto("blob").values({ digest: "gone", byte_length: 1 }).execute();
        throw new Error("undo");
      });
      const kept = opened.db.transaction().execute((trx) =>
        trx.insertInto("blob").values({ digest: "kept", byte_length: 1 }).execute()
      );
      const outside = opened.db.insertInto("blob").values({ digest: "outside", byte_length: 1 })
        .execute();
      await assert.rejects(rolledBack, /undo/);
      await Promise.all([kept, outside]);
      assert.deepEqual((await count()).map((row) => row.digest).sort(), ["kept", "outside"]);
    });

    it("carries the SQL state of an error", async () => {
      await migrate(opened.db);
      const insert = () =>
        opened.db.insertInto("blob").values({ digest: "same", byte_length: 1 }).execute();
      await insert();
      await assert.rejects(insert, { code: "23505" });
    });
  });
}

describe("a data directory", () => {
  it("is refused to a second server, and free again once the first has closed", async () => {
    const first = await pgliteBackend().open();
    await assert.rejects(openDatabase({ dataDir: first.dataDir }), /in use by another server/);
    await first.close();
    assert.equal(await Deno.stat(first.dataDir).catch(() => null), null);
  });

  it("is free again after its server was killed, with everything committed still there", async () => {
    const { dataDir, close } = await pgliteBackend().open();
    await close({ keepFiles: true });
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("../support/hold_database.ts", import.meta.url).pathname,
        dataDir,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    await child.stdout.getReader().read();
    await assert.rejects(openDatabase({ dataDir }), /in use by another server/);
    child.kill("SIGKILL");
    await child.status;

    const again = await openDatabase({ dataDir });
    assert.deepEqual(await again.db.selectFrom("blob").select("digest").execute(), [
      { digest: "committed" },
    ]);
    await again.close();
    await Deno.remove(dataDir, { recursive: true });
  });
});
