// An embedded installation moved to PostgreSQL and a bucket, at once and with an interruption.

import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { MoveReport } from "../../cli/migrate_store.ts";
import { BossQueue } from "../../lib/queue/boss_queue.ts";
import { openBlobStore } from "../../lib/storage/open_blobs.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { migrate } from "../../lib/storage/migrate.ts";
import { seed } from "../routes/seed.ts";
import { type CliOutcome, cliWith, startCliWith } from "../support/cli.ts";
import { pgliteBackend, testBackends, type TestDatabase } from "../support/databases.ts";
import { startBucket, type TestBucket } from "../support/s3.ts";
import { testServices } from "../support/services.ts";
import { openDatabase } from "../../lib/storage/database.ts";

/** Every table with rows whose text is hard to carry over, read as a program reads them. */
async function contents({ db }: Pick<TestDatabase, "db">) {
  return {
    entries: await db.selectFrom("entry").selectAll().orderBy("id").execute(),
    scores: await db.selectFrom("score").selectAll().orderBy("model_digest").orderBy("benchmark")
      .orderBy("version").execute(),
    reports: await db.selectFrom("report").selectAll().orderBy("id").execute(),
    jobs: await db.selectFrom("job").selectAll().orderBy("id").execute(),
    seeds: await db.selectFrom("twin_seed").selectAll().orderBy("period").execute(),
    ledger: await listEvents(db, { limit: 1000 }),
  };
}

for (const backend of testBackends().filter(({ name }) => name === "postgres")) {
  describe("cli migrate-store", () => {
    let dataDir: string;
    let before: Awaited<ReturnType<typeof contents>>;
    let files: string[];
    let fileBytes: number;
    let bucket: TestBucket;
    let target: TestDatabase;

    beforeAll(async () => {
      const opened = await pgliteBackend().open();
      ({ dataDir } = opened);
      const services = await testServices(opened);
      await seed(services, new Date());
      await services.db.transaction().execute(async (trx) => {
        await services.queue.enqueueScore(trx, "bard");
        await services.queue.enqueueVerify(trx, "evil", 1e9);
      });
      // Words that a careless copy loses, a row that names a later one, and a job that was running.
      await services.db.updateTable("entry").where("id", "=", "bard")
        .set({ blurb: `{"},\\,"NULL",\n\t\\N é 🙂`, fork_of: "stories", duplicate_of: "evil" })
        .execute();
      await services.queue.claim("score");
      await services.db.updateTable("job").where("entry_id", "=", "bard")
        .set({ state: "running", progress: 1 / 3 }).execute();
      await services.queue.stop();
      before = await contents(opened);
      const blobs = await opened.db.selectFrom("blob").selectAll().execute();
      files = blobs.map(({ digest }) => digest);
      fileBytes = blobs.reduce((sum, { byte_length }) => sum + byte_length, 0);
      await opened.close({ keepFiles: true });
    });
    afterAll(async () => {
      await backend.close();
      await Deno.remove(dataDir, { recursive: true });
    });
    beforeEach(async () => {
      bucket = await startBucket();
      target = await backend.open({ migrated: false });
      await Deno.remove(`${dataDir}/cache`, { recursive: true }).catch(() => {});
    });
    afterEach(async () => {
      await target.close();
      await bucket.close();
    });

    const env = () => ({ ...bucket.env, TINYPROOF_DATA: dataDir });
    const words = () => ["migrate-store", "--to-database", target.databaseUrl!, "--to-s3"];
    const run = (...more: string[]): Promise<CliOutcome> => cliWith(env(), ...words(), ...more);

    async function holdsEverything(): Promise<void> {
      const after = await contents(target);
      const asBefore = before.jobs.map((job) =>
        job.state === "running" ? { ...job, state: "queued", stage: "queued" } : job
      );
      const timeless = (jobs: typeof before.jobs) =>
        jobs.map((job) => ({ ...job, updated_at: null, eta_ms: null }));
      assert.deepEqual(timeless(after.jobs), timeless(asBefore as typeof before.jobs));
      assert.deepEqual({ ...after, jobs: null }, { ...before, jobs: null });
      assert.deepEqual((await verifyLedger(target.db)).ok, true);
      const elsewhere = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      const blobs = await openBlobStore({
        ...{ dataDir: elsewhere, s3: bucket.settings, cacheBytes: 2 ** 20 },
      });
      for (const digest of files) assert.ok(await blobs.check(digest) > 0);
      await Deno.remove(elsewhere, { recursive: true });
    }

    it("moves every row, file and waiting job, and shows what it compared", async () => {
      const { code, stdout, stderr } = await run("--json");
      assert.equal(code, 0, stderr);
      const report: MoveReport = JSON.parse(stdout);
      const moved = Object.fromEntries(report.tables.map(({ table, rows }) => [table, rows]));
      assert.equal(moved.entry, before.entries.length);
      assert.equal(moved.score, before.scores.length);
      assert.equal(report.ledgerEvents, before.ledger.length);
      assert.deepEqual(report.files, { blobs: files.length, bytes: fileBytes });
      assert.equal(report.jobsDelivered, 2);
      await holdsEverything();
      const queue = new BossQueue(target);
      await queue.start();
      assert.equal((await queue.claim("score"))?.entryId, "bard");
      assert.equal((await queue.claim("verify"))?.entryId, "evil");
      await queue.stop();

      const again = await run();
      assert.equal(again.code, 1);
      assert.match(again.stderr, /target database is not empty/);
      assert.match(again.stderr, /rows in blob, .*entry/);
    });

    it("goes on where it was killed, and ends with a table of what is there", async () => {
      for (let i = 0; i < 4; i++) bucket.faults.push({ method: "PUT", does: "stall" });
      const child = startCliWith(env(), ...words());
      await bucket.faultsTaken();
      child.kill("SIGKILL");
      await child.output();

      const unaware = await run();
      assert.match(unaware.stderr, /not empty/);
      assert.match(unaware.stderr, /--resume/);
      const { code, stdout, stderr } = await run("--resume");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^entry +\d+ +[0-9a-f]{16}…$/m);
      assert.match(stdout, /^ledger: \d+ events, the chain holds$/m);
      assert.match(stdout, /^files: \d+, \d+ bytes, each read in the bucket and equal$/m);
      assert.match(stdout, /^jobs: 2 waiting ones delivered$/m);
      await holdsEverything();
    });

    it("finds out that something else wrote to the target meanwhile", async () => {
      await migrate(target.db);
      await target.db.insertInto("blob").values({ digest: "f".repeat(64), byte_length: 1 })
        .execute();
      const { code, stderr } = await run("--resume");
      assert.equal(code, 1);
      assert.match(stderr, /table blob holds other rows than the source/);
    });

    it("finds out that a file is not what it was", async () => {
      const path = `${dataDir}/blobs/${files[0].slice(0, 2)}/${files[0]}`;
      const bytes = await Deno.readFile(path);
      await Deno.writeTextFile(path, "rot");
      const { code, stderr } = await run();
      await Deno.writeFile(path, bytes);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`bytes kept as ${files[0]} are other ones`));
    });

    it("refuses to move what a server is using", async () => {
      const server = await openDatabase({ dataDir });
      const { code, stderr } = await run();
      await server.close();
      assert.equal(code, 1);
      assert.match(stderr, /in use by another server/);
    });

    const wrong: [string, string[], Record<string, string>, RegExp][] = [
      ["no target", ["--to-s3"], {}, /Expected --to-database URL/],
      ["another kind of database", ["--to-database", "mysql://u:sesame@h/d"], {}, /postgres:\/\//],
      ["a bucket without its name", ["--to-database", "postgres://h/d", "--to-s3"], {}, /S3_ENDP/],
    ];
    for (const [what, given, more, message] of wrong) {
      it(`says what is wrong with ${what}, and no secret`, async () => {
        const { code, stderr } = await cliWith(
          { TINYPROOF_DATA: dataDir, ...more },
          "migrate-store",
          ...given,
        );
        assert.equal(code, 2);
        assert.match(stderr, message);
        assert.ok(!stderr.includes("sesame"), stderr);
      });
    }

    it("says so where there is nothing to move, and where nobody answers", async () => {
      const nowhere = await cliWith({ TINYPROOF_DATA: `${dataDir}/blobs` }, ...words().slice(0, 3));
      assert.match(nowhere.stderr, /no embedded database in/);
      const url = "postgres://tester:sesame@127.0.0.1:1/board";
      const { code, stderr } = await cliWith(
        { TINYPROOF_DATA: dataDir },
        ...["migrate-store", "--to-database", url],
      );
      assert.equal(code, 1);
      assert.match(stderr, /target database cannot be used: .*ECONNREFUSED/);
      assert.ok(!stderr.includes("sesame"), stderr);
    });
  });
}
