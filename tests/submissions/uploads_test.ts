import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  BudgetError,
  FormatError,
  NotFoundError,
  QuotaError,
  ValidationError,
} from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { Services } from "../../lib/services.ts";
import type { Upload } from "../../lib/storage/schema.ts";
import { receiveSubmission } from "../../lib/submissions/intake.ts";
import { accountSender, type Counted, guestSender } from "../../lib/submissions/senders.ts";
import { jobsOf } from "../../lib/submissions/store.ts";
import {
  appendPart,
  beginUpload,
  endUpload,
  offsetOf,
  removeExpiredUploads,
  requireUpload,
  submitUpload,
} from "../../lib/submissions/uploads.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { testServices } from "../support/services.ts";
import { smallModel } from "../support/small_models.ts";

const FIELDS = { name: "Sorter", author: "Ada", blurb: "", fileName: "" };
const ADA = accountSender({ id: "ada", name: "Ada", role: "author" });

for (const backend of testBackends()) {
  describe(`uploads in parts on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    let guest: Counted;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, { maxUploadBytes: 100_000, openUploads: 2 });
      guest = await guestSender(services.db, "192.0.2.1");
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    const begin = async (bytes: Uint8Array, sender = guest) =>
      await beginUpload(
        services,
        { byteLength: bytes.length, sha256: await sha256Hex(bytes), fileName: "a.tinygpt" },
        sender,
      );
    const send = (upload: Upload, bytes: Uint8Array, offset: number) =>
      appendPart(services, upload, {
        offset,
        stream: ReadableStream.from([bytes]),
        checksum: null,
      });
    const submit = (upload: Upload, fields = FIELDS) =>
      submitUpload(services, upload, fields, { sender: guest });
    const files = () => services.parts.list();

    it("takes a file in two parts and makes one entry with one job of it", async () => {
      const model = smallModel(1);
      const upload = await begin(model);
      await send(upload, model.slice(0, 1000), 0);
      assert.equal(await offsetOf(services, upload), 1000);
      await assert.rejects(submit(upload), /not arrived as a whole/);
      await send(upload, model.slice(1000), 1000);
      const { entryId, added } = await submit(upload);
      assert.ok(added);
      assert.equal((await jobsOf(services.db, entryId)).length, 1);
      const entry = await services.db.selectFrom("entry").selectAll().executeTakeFirstOrThrow();
      assert.equal(entry.file_name, "a.tinygpt");
      assert.deepEqual(await services.blobs.read(entry.file_digest), model);
      assert.deepEqual(await files(), []);
    });

    it("gives the entry again to whoever missed the answer", async () => {
      const model = smallModel(1);
      const upload = await begin(model);
      await send(upload, model, 0);
      const { entryId } = await submit(upload);
      const again = await requireUpload(services, upload.id, null);
      assert.equal(again.entry_id, entryId);
      assert.equal(await offsetOf(services, again), model.length);
      assert.deepEqual(await submit(again), { entryId, added: false });
    });

    it("makes one entry of the same bytes by two uploads and a post at the same time", async () => {
      const model = smallModel(1);
      const uploads = await Promise.all([begin(model), begin(model)]);
      await Promise.all(uploads.map((upload) => send(upload, model, 0)));
      const received = await Promise.all([
        ...uploads.map((upload) => submit(upload)),
        receiveSubmission(services, ReadableStream.from([model]), FIELDS, { sender: guest }),
      ]);
      assert.equal(new Set(received.map(({ entryId }) => entryId)).size, 1);
      assert.equal(received.filter(({ added }) => added).length, 1);
      assert.equal((await jobsOf(services.db, received[0].entryId)).length, 1);
    });

    it("keeps the upload when a field is wrong, and ends it when the file is", async () => {
      const model = smallModel(1);
      const upload = await begin(model);
      await send(upload, model, 0);
      await assert.rejects(submit(upload, { ...FIELDS, name: "" }), ValidationError);
      assert.deepEqual(await files(), [upload.id]);
      await submit(upload);

      const garbage = new Uint8Array(500).fill(7);
      const other = await begin(garbage);
      await send(other, garbage, 0);
      await assert.rejects(submit(other), FormatError);
      assert.deepEqual(await files(), []);
      await assert.rejects(requireUpload(services, other.id, null), NotFoundError);
    });

    it("refuses bytes that are not those announced, and keeps none of them", async () => {
      const upload = await begin(smallModel(1));
      await send(upload, smallModel(2), 0);
      await assert.rejects(submit(upload), /not those that were announced/);
      assert.deepEqual(await files(), []);
      assert.equal(await services.blobs.has(await sha256Hex(smallModel(2))), false);
    });

    it("refuses what is too long, announced or sent", async () => {
      await assert.rejects(begin(new Uint8Array(100_001)), BudgetError);
      const upload = await begin(smallModel(1));
      await assert.rejects(send(upload, new Uint8Array(50_000), 0), BudgetError);
      assert.equal(await offsetOf(services, upload), 0);
    });

    it("lets one sender have two uploads open, and counts what they will take", async () => {
      const [first] = await Promise.all([begin(smallModel(1)), begin(smallModel(2))]);
      await assert.rejects(begin(smallModel(3)), QuotaError);
      await begin(smallModel(3), ADA);
      await endUpload(services, first);
      await begin(smallModel(3));
    });

    it("counts an upload no more once it is an entry", async () => {
      services.config.submissionsPerDay = 1;
      const model = smallModel(1);
      const upload = await begin(model);
      await send(upload, model, 0);
      await submit(upload);
      await assert.rejects(begin(smallModel(2)), QuotaError);
      // The same bytes again are no new submission.
      await begin(model);
    });

    it("shows an account's upload to nobody else", async () => {
      const upload = await begin(smallModel(1), ADA);
      assert.equal((await requireUpload(services, upload.id, "ada")).id, upload.id);
      await assert.rejects(requireUpload(services, upload.id, null), NotFoundError);
      await assert.rejects(requireUpload(services, upload.id, "bob"), NotFoundError);
      await assert.rejects(requireUpload(services, "../x", null), NotFoundError);
    });

    it("throws away what stood still, and files whose upload is gone", async () => {
      const [kept, stale] = [await begin(smallModel(1)), await begin(smallModel(2))];
      await send(kept, smallModel(1).slice(0, 10), 0);
      await send(stale, smallModel(2).slice(0, 10), 0);
      await send({ ...kept, id: "orphan" }, smallModel(3).slice(0, 10), 0);
      await services.db.updateTable("upload").set({ expires_at: new Date(0) })
        .where("id", "=", stale.id).execute();
      await assert.rejects(requireUpload(services, stale.id, null), NotFoundError);
      await removeExpiredUploads(services);
      assert.deepEqual(await files(), [kept.id]);
      const rows = await services.db.selectFrom("upload").select("id").execute();
      assert.deepEqual(rows, [{ id: kept.id }]);
    });
  });
}
