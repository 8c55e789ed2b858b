import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createTarPacker, type TarHeader } from "modern-tar";
import { TinyproofError } from "../../lib/errors.ts";
import { restoreBackup } from "../../lib/storage/backup/restore.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import { openDiskBlobs } from "../../lib/storage/disk_blobs.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { checkBlobs } from "../../lib/storage/transfer/copy_blobs.ts";
import { digestTable } from "../../lib/storage/transfer/table_digest.ts";
import { tablesOf } from "../../lib/storage/transfer/tables.ts";
import { seed } from "../routes/seed.ts";
import { type CliOutcome, cliWith } from "../support/cli.ts";
import { pgliteBackend } from "../support/databases.ts";
import { startServer } from "../support/server.ts";
import { testServices } from "../support/services.ts";

/** What every table holds, by name. */
async function digests(dataDir: string): Promise<Record<string, string>> {
  const { db, close } = await openDatabase({ dataDir });
  const found: Record<string, string> = {};
  for (const table of await tablesOf(db)) {
    found[table.name] = (await digestTable(db, table)).sha256;
  }
  await close();
  return found;
}

describe("cli backup and restore", () => {
  let dir: string;
  let original: string;
  let saved: string;
  let restored: string;

  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-backup-" });
    const opened = await pgliteBackend().open();
    original = opened.dataDir;
    const services = await testServices(opened);
    await seed(services, new Date());
    await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, "bard"));
    // Its file is gone with it, its row is not.
    const { file_digest } = await services.db.updateTable("entry").where("id", "=", "lost")
      .set({ status: "withdrawn" }).returning("file_digest").executeTakeFirstOrThrow();
    await services.blobs.delete(file_digest);
    await services.close();
    await opened.close({ keepFiles: true });
    saved = `${dir}/saved.tar`;
    await ok(backup(saved));
  });
  afterAll(async () => {
    await Deno.remove(dir, { recursive: true });
    await Deno.remove(original, { recursive: true });
  });
  beforeEach(async () => {
    restored = await Deno.makeTempDir({ dir, prefix: "restored-" });
  });
  afterEach(() => Deno.remove(restored, { recursive: true }));

  const backup = (file: string, ...more: string[]) =>
    cliWith({ TINYPROOF_DATA: original }, "backup", "--out", file, ...more);
  const restore = (file: string, ...more: string[]) =>
    cliWith({ TINYPROOF_DATA: restored }, "restore", file, ...more);

  async function ok(running: Promise<CliOutcome>): Promise<string> {
    const { code, stdout, stderr } = await running;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function refused(running: Promise<CliOutcome>, message: RegExp): Promise<void> {
    const { code, stderr } = await running;
    assert.equal(code, 1);
    assert.match(stderr, message);
  }

  /** What the command does, without a process for each of many files. */
  async function fails(file: string, message: RegExp): Promise<void> {
    const blobs = await openDiskBlobs(`${restored}/blobs`);
    const thrown = await restoreBackup({ file, dataDir: restored, blobs, onFile() {} })
      .then(() => null, (error: Error) => error);
    assert.ok(thrown instanceof TinyproofError, `${file} was restored`);
    assert.match(`${thrown.message}\n${JSON.stringify(thrown.problem)}`, message);
  }

  const leftIn = (directory: string) =>
    [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

  it("bring back every row and every file", async () => {
    assert.match(await ok(restore(saved)), /^ledger: \d+ events, the chain holds$/m);
    assert.deepEqual(await digests(restored), await digests(original));
    const { db, close } = await openDatabase({ dataDir: restored });
    const { blobs } = await checkBlobs(db, await openDiskBlobs(`${restored}/blobs`));
    const { count } = await db.selectFrom("blob")
      .select(({ fn }) => fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
    assert.equal(blobs, Number(count) - 1);
    await close();
    assert.deepEqual(leftIn(restored), ["blobs", "lock", "pglite"]);
    assert.deepEqual(leftIn(`${original}/snapshots`), []);
    assert.equal((await Deno.stat(saved)).mode! & 0o777, 0o600);
  });

  it("give an installation whose waiting jobs go on", async () => {
    await ok(restore(saved));
    const opened = await openDatabase({ dataDir: restored });
    const services = await testServices({
      ...{ ...opened, dataDir: restored },
      close: () => opened.close(),
    });
    assert.equal((await services.queue.claim("score"))?.entryId, "bard");
    await services.close();
    await opened.close();
  });

  it("save a server that is running, between two of its transactions", async () => {
    const server = await startServer(original);
    const busy = new AbortController();
    const submitting = (async () => {
      for (let i = 0; !busy.signal.aborted; i++) {
        const query = `name=Model+${i}&author=The+test`;
        const answer = await fetch(`${server.url}/api/v1/submissions?${query}`, {
          method: "POST",
          headers: { "x-forwarded-for": `192.0.2.${i % 250}` },
          body: `no model ${i}`,
        });
        await answer.body?.cancel();
        await (await fetch(`${server.url}/api/v1/ledger`)).body?.cancel();
      }
    })();
    try {
      const file = `${dir}/running.tar`;
      await ok(backup(file));
      await ok(restore(file));
      const page = await fetch(server.url);
      assert.equal(page.status, 200);
      await page.body?.cancel();
    } finally {
      busy.abort();
      await submitting;
      await server.stop();
    }
    const { db, close } = await openDatabase({ dataDir: restored });
    assert.equal((await verifyLedger(db)).ok, true);
    assert.ok((await listEvents(db, { limit: 100 })).length > 10);
    await close();
    assert.ok(!leftIn(original).includes("backup.sock"));
  });

  it("say so when a server runs that does not answer", async () => {
    const held = await openDatabase({ dataDir: original });
    await refused(backup(`${dir}/none.tar`), /in use by another server/);
    await held.close();
    assert.equal(await Deno.stat(`${dir}/none.tar`).catch(() => null), null);
  });

  it("overwrite neither a file nor a database", async () => {
    await refused(backup(saved), /There is a file .*saved\.tar/);
    await ok(restore(saved));
    const before = await digests(restored);
    await refused(restore(saved), /There is a database in/);
    assert.deepEqual(await digests(restored), before);
  });

  it("leave files out when they are kept otherwise, and check that they are there", async () => {
    const file = `${dir}/database.tar`;
    assert.match(await ok(backup(file, "--no-files")), /^files: left out$/m);
    await refused(restore(file), /No file [0-9a-f]{64}/);
    assert.ok(!leftIn(restored).includes("pglite"));
    await new Deno.Command("cp", { args: ["-r", `${original}/blobs`, restored] }).output();
    await ok(restore(file));
    assert.deepEqual(await digests(restored), await digests(original));
  });

  const cuts: [string, (size: number) => number][] = [
    ["in its description", () => 700],
    ["in the database", (size) => size >> 2],
    ["on the border of a block", (size) => (size >> 10 << 9)],
    ["in the last file", (size) => size - 4096],
    ["before its end mark", (size) => size - 1024],
  ];
  for (const [where, at] of cuts) {
    it(`refuse a backup that was cut short ${where}, and leave nothing of it`, async () => {
      const bytes = await Deno.readFile(saved);
      await Deno.writeFile(`${dir}/cut.tar`, bytes.subarray(0, at(bytes.length)));
      await fails(`${dir}/cut.tar`, /The backup is cut short or damaged/);
      assert.deepEqual(leftIn(restored).filter((name) => name !== "blobs"), ["lock"]);
      assert.deepEqual(leftIn(`${restored}/blobs`), ["incoming"]);
    });
  }

  it("refuse a backup in which one bit is another, wherever it is", async () => {
    const bytes = await Deno.readFile(saved);
    for (const share of [0.01, 0.3, 0.7, 0.97]) {
      // In the data of an entry: a header has a checksum of its own.
      const at = (Math.floor(share * bytes.length) >> 9 << 9) + 300;
      bytes[at] ^= 1;
      await Deno.writeFile(`${dir}/rotten.tar`, bytes);
      bytes[at] ^= 1;
      await fails(`${dir}/rotten.tar`, /cut short or damaged|are other ones/);
      assert.ok(!leftIn(restored).includes("pglite"));
    }
  });

  async function tar(entries: [Partial<TarHeader> & { name: string }, string][]): Promise<string> {
    const { readable, controller } = createTarPacker();
    const written = Deno.writeFile(`${dir}/made.tar`, readable);
    for (const [header, text] of entries) {
      const body = controller.add({ size: text.length, ...header }).getWriter();
      if (text !== "") await body.write(new TextEncoder().encode(text));
      await body.close();
    }
    controller.finalize();
    await written;
    return `${dir}/made.tar`;
  }

  it("refuse a file that is something else, or holds what no backup has", async () => {
    await Deno.writeTextFile(`${dir}/text.tar`, "no tar file at all".repeat(100));
    await refused(restore(`${dir}/text.tar`), /cut short or damaged/);
    await fails(await tar([[{ name: "a" }, "b"]]), /no backup of a board/);
    const manifest = (await new Response((await Deno.open(saved)).readable).bytes())
      .subarray(512, 512 + 4096);
    const text = new TextDecoder().decode(manifest).split("\0")[0];
    const first: [{ name: string }, string] = [{ name: "tinyproof-backup.json" }, text];
    const hostile: (Partial<TarHeader> & { name: string })[] = [
      { name: "pglite/../../evil" },
      { name: "/etc/evil" },
      { name: "blobs/../evil" },
      { name: "jobs/evil" },
      { name: "pglite/link", type: "symlink", linkname: "/etc/passwd", size: 0 },
    ];
    for (const header of hostile) {
      const file = await tar([first, [header, header.type ? "" : "evil"]]);
      await fails(file, /no backup has|an entry of type symlink/);
    }
    const newer = text.replace('"migrations":[', '"migrations":["2099_01_01_future",');
    await fails(await tar([[first[0], newer]]), /newer version.*\n.*2099_01/);
    assert.equal(await Deno.stat(`${dir}/evil`).catch(() => null), null);
  });

  it("are not for a PostgreSQL server, which has its own ways", async () => {
    const env = { TINYPROOF_DATA: restored, DATABASE_URL: "postgres://u:sesame@h/d" };
    for (const words of [["backup", "--out", `${dir}/x.tar`], ["restore", saved]]) {
      const { code, stderr } = await cliWith(env, ...words);
      assert.equal(code, 1);
      assert.match(stderr, /pg_dump/);
      assert.ok(!stderr.includes("sesame"));
    }
  });
});
