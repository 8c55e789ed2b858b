import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { QuotaError } from "../../lib/errors.ts";
import { networkOf } from "../../lib/http/sender.ts";
import type { Services } from "../../lib/services.ts";
import { receiveSubmission } from "../../lib/submissions/intake.ts";
import { quotaOf } from "../../lib/submissions/quota_store.ts";
import {
  accountSender,
  type Counted,
  forgetAddresses,
  guestSender,
} from "../../lib/submissions/senders.ts";
import { updateEntry } from "../../lib/submissions/store.ts";
import { withdrawEntry } from "../../lib/submissions/withdraw.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { testServices } from "../support/services.ts";
import { smallModel } from "../support/small_models.ts";

const FIELDS = { name: "Sorter", author: "Ada", blurb: "", fileName: "" };
const ADA = accountSender({ id: "ada", name: "Ada L.", role: "author" });

for (const backend of testBackends()) {
  describe(`quotas on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, { submissionsPerDay: 3, openJobs: 3 });
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    const submit = async (weight: number, sender: Counted = ADA) =>
      (await receiveSubmission(services, ReadableStream.from([smallModel(weight)]), FIELDS, {
        sender,
        byteLength: smallModel(weight).length,
      })).entryId;
    const usage = async (sender: Counted = ADA) =>
      (await quotaOf(services.db, services.config, { sender, now: services.now() })).usage;
    const finish = async (id: string) => {
      await services.db.updateTable("job").set({ state: "done", started_at: new Date() })
        .where("entry_id", "=", id).execute();
      await updateEntry(services.db, id, { status: "scored" });
    };

    it("counts submissions, bytes and waiting jobs of each sender apart", async () => {
      const guest = await guestSender(services.db, "192.0.2.1");
      await submit(1);
      await finish(await submit(2));
      await submit(3, guest);
      const size = smallModel(1).length;
      const { freeAtMs: _, ...ada } = await usage();
      assert.deepEqual(ada, {
        submissions: 2,
        storedBytes: 2 * size,
        openJobs: 1,
        openUploads: 0,
      });
      assert.equal((await usage(guest)).submissions, 1);
      assert.equal((await usage(await guestSender(services.db, "192.0.2.2"))).submissions, 0);
    });

    it("refuses the fourth of a day, and says when the next one is free", async () => {
      const [first] = [await submit(1), await submit(2), await submit(3)];
      await services.db.updateTable("entry").set({ created_at: new Date(Date.now() - 23 * 3600e3) })
        .where("id", "=", first).execute();
      services.config.openJobs = 10;
      await assert.rejects(submit(4), (error) => {
        assert.ok(error instanceof QuotaError);
        assert.ok(Math.abs(error.retryAfterSeconds! - 3600) < 120, `${error.retryAfterSeconds}`);
        assert.match(error.problem.fix!, /free at \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
        return true;
      });
      await services.db.updateTable("entry").set({ created_at: new Date(Date.now() - 25 * 3600e3) })
        .where("id", "=", first).execute();
      await submit(4);
    });

    it("lets no more through when several come at the same moment", async () => {
      const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((n) => submit(n)));
      const kept = outcomes.filter(({ status }) => status === "fulfilled");
      assert.equal(kept.length, 3);
      const files = await services.db.selectFrom("entry").select("file_digest").execute();
      for (const { file_digest } of files) assert.ok(await services.blobs.has(file_digest));
    });

    it("does not count the same bytes again, nor what was withdrawn before it began", async () => {
      const first = await submit(1);
      assert.equal(await submit(1), first);
      assert.equal((await usage()).submissions, 1);
      await withdrawEntry(services, first, { account: ADA.account, key: "" });
      assert.deepEqual({ ...await usage(), freeAtMs: null }, {
        submissions: 0,
        freeAtMs: null,
        storedBytes: 0,
        openJobs: 0,
        openUploads: 0,
      });
      const second = await submit(2);
      await finish(second);
      await withdrawEntry(services, second, { account: ADA.account, key: "" });
      assert.equal((await usage()).submissions, 1);
    });

    it("counts a failure of the file, and none of the board", async () => {
      const [file, board] = [await submit(1), await submit(2)];
      const failure = { stage: "reading file", reason: "r", fix: "f" };
      await services.db.updateTable("job").set({ state: "failed" }).execute();
      await updateEntry(services.db, file, {
        status: "failed",
        failure: JSON.stringify(failure),
      });
      await updateEntry(services.db, board, {
        status: "failed",
        failure: JSON.stringify({ ...failure, ours: true }),
      });
      const { submissions, storedBytes, openJobs } = await usage();
      assert.deepEqual([submissions, openJobs], [1, 0]);
      assert.equal(storedBytes, smallModel(1).length);
    });

    it("forgives no more than may be sent", async () => {
      services.config.openJobs = 10;
      for (let n = 1; n <= 5; n++) {
        await withdrawEntry(services, await submit(n), { account: ADA.account, key: "" });
      }
      const { submissions } = await usage();
      assert.equal(submissions, 2);
    });

    it("refuses what waits too long a queue or takes too much room", async () => {
      services.config.openJobs = 1;
      await submit(1);
      await assert.rejects(submit(2), /wait to be scored/);
      services.config.openJobs = 10;
      services.config.storedBytes = smallModel(1).length * 2 - 1;
      await assert.rejects(submit(2), (error) => {
        assert.ok(error instanceof QuotaError);
        assert.equal(error.retryAfterSeconds, null);
        assert.match(error.message, /more room/);
        return true;
      });
    });

    it("counts nobody for the gallery, and gives an account's entries its name", async () => {
      services.config.submissionsPerDay = 1;
      for (const weight of [1, 2]) {
        await receiveSubmission(services, ReadableStream.from([smallModel(weight)]), FIELDS);
      }
      const id = await submit(3);
      const { author, account_id } = await services.db.selectFrom("entry").selectAll()
        .where("id", "=", id).executeTakeFirstOrThrow();
      assert.deepEqual([author, account_id], ["Ada L.", "ada"]);
    });

    it("keeps no address, only what tells two apart, and forgets that in a month", async () => {
      const guest = await guestSender(services.db, "192.0.2.1");
      assert.deepEqual(guest, await guestSender(services.db, "192.0.2.1"));
      assert.match(guest.address!, /^[0-9a-f]{64}$/);
      const id = await submit(1, guest);
      await forgetAddresses(services.db);
      const sender = async () =>
        (await services.db.selectFrom("entry").select("sender").where("id", "=", id)
          .executeTakeFirstOrThrow()).sender;
      assert.equal(await sender(), guest.address);
      await services.db.updateTable("entry").set({
        created_at: new Date(Date.now() - 31 * 86400e3),
      })
        .execute();
      await forgetAddresses(services.db);
      assert.equal(await sender(), null);
    });
  });
}

describe("the network of an address", () => {
  it("is the address itself, or the /64 one subscriber has", () => {
    assert.equal(networkOf("192.0.2.7"), "192.0.2.7");
    assert.equal(networkOf("::ffff:192.0.2.7"), "192.0.2.7");
    assert.equal(networkOf("2001:db8:0:42:1:2:3:4"), "2001:db8:0:42::/64");
    assert.equal(networkOf("2001:DB8:0:42::9"), "2001:db8:0:42::/64");
    assert.equal(networkOf("2001:0db8::1"), "2001:db8:0:0::/64");
    assert.equal(networkOf("::1"), "0:0:0:0::/64");
  });
});
