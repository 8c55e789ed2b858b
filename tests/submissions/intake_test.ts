import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { BudgetError, FormatError, ValidationError } from "../../lib/errors.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import type { Services } from "../../lib/services.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { receiveSubmission } from "../../lib/submissions/intake.ts";
import { getEntry, jobsOf, updateEntry } from "../../lib/submissions/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { testServices } from "../support/services.ts";

const FIELDS = { name: " Sorter ", author: "Ada", blurb: "", fileName: "C:\\models\\a.tinygpt" };
const CONFIG = { layers: 1, dModel: 4, heads: 1, ctx: 8, dMlp: 16, vocabSize: 256 };

for (const backend of testBackends()) {
  describe(`intake on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, { maxUploadBytes: 100_000 });
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    const stream = (bytes: Uint8Array) => ReadableStream.from([bytes.slice(0, 9), bytes.slice(9)]);
    const model = (weight: number) => {
      const weights = new Float32Array(parameterCount(CONFIG)).fill(weight);
      return writeTinygpt({ config: CONFIG, step: 1, weights, dtype: "fp32" });
    };
    const submit = (bytes: Uint8Array, fields = FIELDS) =>
      receiveSubmission(services, stream(bytes), fields);
    it("refuses a name nobody can see", async () => {
      for (const name of ["\u200b", "\u200d", "a\u200fb", "\u2060", "\u0301"]) {
        await assert.rejects(submit(model(0.5), { ...FIELDS, name }), ValidationError);
      }
    });

    const kept = async () => (await services.db.selectFrom("entry").select("id").execute()).length;

    it("keeps the file and writes the entry, its event and its job together", async () => {
      const bytes = model(0.5);
      const { entryId } = await submit(bytes);
      const entry = await getEntry(services.db, entryId);
      assert.equal(entry?.name, "Sorter");
      assert.equal(entry?.file_name, "a.tinygpt");
      assert.deepEqual(await services.blobs.read(entry?.file_digest ?? ""), bytes);
      assert.deepEqual((await jobsOf(services.db, entryId)).map((job) => job.kind), ["score"]);
      const [event] = await listEvents(services.db, { limit: 9 });
      assert.equal(event.kind, "submission");
      assert.equal(JSON.parse(event.payload).entry, entryId);
    });

    it("gives the same entry for the same bytes, at the same time or later", async () => {
      const [one, two] = await Promise.all([submit(model(1)), submit(model(1))]);
      const three = await submit(model(1));
      assert.deepEqual([two.entryId, three.entryId], [one.entryId, one.entryId]);
      assert.deepEqual([one.added, two.added].sort(), [false, true]);
      assert.equal(three.added, false);
      assert.equal((await jobsOf(services.db, one.entryId)).length, 1);
      assert.notEqual((await submit(model(2))).entryId, one.entryId);
    });

    it("tries an entry that had failed anew", async () => {
      const { entryId } = await submit(model(1));
      await services.db.updateTable("job").set({ state: "failed" }).execute();
      await updateEntry(services.db, entryId, { status: "failed" });
      assert.deepEqual(await submit(model(1)), { entryId, added: false });
      assert.equal((await getEntry(services.db, entryId))?.status, "received");
      assert.equal((await jobsOf(services.db, entryId)).length, 2);
    });

    it("refuses what is no model, and keeps nothing of it", async () => {
      const garbage = new Uint8Array(500).fill(7);
      await assert.rejects(submit(garbage), FormatError);
      await assert.rejects(submit(model(1).slice(0, -4)), FormatError);
      assert.equal(await kept(), 0);
      const directories = [...Deno.readDirSync(`${opened.dataDir}/blobs`)];
      const files = directories.flatMap(({ name }) => [
        ...Deno.readDirSync(`${opened.dataDir}/blobs/${name}`),
      ]);
      assert.deepEqual(files, []);
    });

    it("refuses a file over the limit while it arrives", async () => {
      await assert.rejects(submit(new Uint8Array(200_000)), BudgetError);
    });

    it("refuses fields that are empty, too long or not printable, before reading the file", async () => {
      for (const name of ["", "x".repeat(61), "a\u0007b", "a\u202eb"]) {
        await assert.rejects(submit(model(1), { ...FIELDS, name }), ValidationError);
      }
      assert.equal(await kept(), 0);
    });
  });
}
