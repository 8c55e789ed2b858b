import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Account } from "../../lib/accounts/caller.ts";
import { utf8 } from "../../lib/bytes.ts";
import {
  BudgetError,
  GoneError,
  NotFoundError,
  PermissionError,
  publicProblem,
  QuotaError,
} from "../../lib/errors.ts";
import { deadJobs, retryDeadJob } from "../../lib/jobs/dead.ts";
import { takeHeartbeat } from "../../lib/jobs/heartbeat.ts";
import type { AssignedJob } from "../../lib/jobs/protocol.ts";
import { completeJob, failJob } from "../../lib/jobs/settle.ts";
import {
  cancelOrder,
  countTexts,
  jobOfOrder,
  ordersOf,
  placeOrder,
  requireOrder,
  resumeOrder,
} from "../../lib/lab/order_store.ts";
import { orderView } from "../../lib/lab/order_view_store.ts";
import { itemsOf, requireSet } from "../../lib/lab/set_store.ts";
import { savePromptSet, saveRubric } from "../../lib/lab/store.ts";
import { decidePrompts } from "../../lib/moderation/decide_lab.ts";
import type { Services } from "../../lib/services.ts";
import { dueNow, resultOf, take, TEST_JOBS } from "../support/assigned.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import { AT, CRITERIA } from "../support/lab_sets.ts";
import { testServices } from "../support/services.ts";

const ADA: Account = { id: "ada", name: "Ada", role: "author" };
const BEN: Account = { id: "ben", name: "Ben", role: "author" };
const PROMPTS = ["one", "two", "three"].map((text, i) => ({
  ...{ id: String(i + 1), category: "Plot", text },
}));

const TEXT = { promptId: "1", text: "after one" };

for (const backend of testBackends()) {
  describe(`sets that the server generates, on ${backend.name},`, () => {
    let opened: TestDatabase;
    let services: Services;
    let wanted: { entry: string; promptSetId: string; rubricId: string };
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, { sweep: false }, {}, TEST_JOBS);
      await services.queue.start();
      const { db, blobs } = services;
      const { digest } = await blobs.putBytes(utf8("the model"));
      const by = { accountId: null, at: AT };
      const rubric = { slug: "r", name: "R", levels: [0, 1], criteria: CRITERIA, source: "" };
      wanted = {
        entry: (await addEntry(db, { file_digest: digest, name: "Teller" })).id,
        promptSetId: (await savePromptSet(db, { name: "P", prompts: PROMPTS, source: "" }, by)).id,
        rubricId: (await saveRubric(db, rubric, by)).id,
      };
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    async function claimed(): Promise<AssignedJob> {
      const job = await take(services, "worker", ["score", "generate", "verify"]);
      assert.ok(job);
      return job;
    }
    const leaseOf = ({ job, fence }: AssignedJob) => ({ job, fence });
    const complete = async (job: AssignedJob) =>
      await completeJob(services, "worker", {
        ...leaseOf(job),
        result: await resultOf(services, job),
      });
    const completionsOf = async (setId: string) =>
      (await itemsOf(services.db, setId)).map(({ completion }) => completion);
    const order = (changes: object = {}, account = ADA) =>
      placeOrder(services, account, { ...wanted, ...changes });

    it("become a set of the entry, with the published decoding unless another is asked for", async () => {
      const placed = await order();
      const job = await claimed();
      assert.equal(job.kind, "generate");
      assert.deepEqual(job.files.map(({ path }) => path), ["model.tinygpt", "engine.wasm"]);
      assert.deepEqual(job.generation!.search, {
        ...{ beams: 5, minTokens: 32, maxTokens: 256, endToken: null },
      });
      assert.equal(await complete(job), "done");
      const { set_id: setId } = await requireOrder(services.db, placed.id, ADA);
      const set = await requireSet(services.db, setId!);
      assert.deepEqual(set.models, [{ name: "Teller", parameters: 1000, entryId: wanted.entry }]);
      assert.equal(set.accountId, ADA.id);
      assert.deepEqual(await completionsOf(setId!), ["after one", "after two", "after three"]);
      assert.equal(await complete(job), "done");
      assert.equal((await orderView(services.db, placed)).active, false);
    });

    it("go on after what a killed job had completed, wherever the next one runs", async () => {
      const placed = await order();
      const first = await claimed();
      const said = { ...leaseOf(first), texts: [{ promptId: "2", text: "after two" }] };
      assert.equal(await takeHeartbeat(services, "worker", said), "held");
      // Heard twice, and of a prompt that was not asked for.
      said.texts.push({ promptId: "7", text: "of none" });
      assert.equal(await takeHeartbeat(services, "worker", said), "held");
      const outcome = { ended: "killed" as const, reason: "SIGKILL" };
      const state = await failJob(services, "worker", {
        ...leaseOf(first),
        ...{ stage: "running", outcome },
      });
      assert.equal(state, "retrying");
      await dueNow(services);
      const second = (await take(services, "another", ["generate"]))!;
      assert.deepEqual(second.generation!.prompts.map(({ id }) => id), ["1", "3"]);
      assert.equal(second.generation!.done, 1);
      // A worker that lost its lease has no say any more.
      const late = { ...leaseOf(first), texts: [{ promptId: "1", text: "late" }] };
      assert.equal(await takeHeartbeat(services, "worker", late), "lost");
      assert.equal(await countTexts(services.db, placed.id), 1);
      const result = await resultOf(services, second);
      assert.equal(await completeJob(services, "another", { ...leaseOf(second), result }), "done");
      const { set_id } = await requireOrder(services.db, placed.id, ADA);
      assert.deepEqual(await completionsOf(set_id!), ["after one", "after two", "after three"]);
      assert.equal(await countTexts(services.db, placed.id), 0);
    });

    it("are tried again when a worker hands back others than were asked for", async () => {
      await order();
      const job = await claimed();
      const result = await resultOf(services, job);
      assert.ok(result.kind === "generate");
      result.completions.pop();
      const state = await completeJob(services, "worker", { ...leaseOf(job), result });
      assert.equal(state, "retrying");
    });

    it("wait behind scores and before replays, and authors take turns by who orders", async () => {
      const { db, queue } = services;
      const other = await addEntry(db, { file_digest: "b".repeat(64), author: "Cy" });
      await db.transaction().execute(async (trx) => {
        await queue.enqueueVerify(trx, other.id, 1);
      });
      const [one, two] = [await order(), await order({ model: "Again" })];
      const bens = await order({}, BEN);
      const served: (string | null)[] = [];
      for (let i = 0; i < 3; i++) {
        const job = await claimed();
        served.push(
          (await db.selectFrom("job").selectAll().where("id", "=", job.job)
            .executeTakeFirstOrThrow()).lab_order_id,
        );
        await complete(job);
      }
      assert.deepEqual(served, [one.id, bens.id, two.id]);
      assert.equal((await ordersOf(db, ADA.id)).length, 2);
    });

    it("are counted while they are open, for the account that ordered them alone", async () => {
      const placed = [await order(), await order(), await order()];
      await assert.rejects(order(), QuotaError);
      await order({}, BEN);
      assert.equal(await cancelOrder(services, placed[0]), true);
      assert.equal(await cancelOrder(services, placed[0]), false);
      await order();
      await assert.rejects(resumeOrder(services, placed[0]), QuotaError);
    });

    it("stop when they are called off, and go on when that is asked for", async () => {
      const placed = await order();
      const job = await claimed();
      const texts = [TEXT];
      await takeHeartbeat(services, "worker", { ...leaseOf(job), texts });
      await cancelOrder(services, placed);
      assert.equal(await takeHeartbeat(services, "worker", leaseOf(job)), "cancelled");
      assert.equal(await complete(job), "cancelled");
      assert.equal((await jobOfOrder(services.db, placed.id))?.dead, null);
      await resumeOrder(services, placed);
      const again = await claimed();
      assert.deepEqual(again.generation!.prompts.map(({ id }) => id), ["2", "3"]);
    });

    it("tell who watches of each completion, of the end, and of being called off", async () => {
      const placed = await order();
      let told = 0;
      const stop = services.events.subscribe(wanted.entry, () => told++);
      const job = await claimed();
      const steps = [
        () => takeHeartbeat(services, "worker", { ...leaseOf(job), texts: [TEXT] }),
        () => cancelOrder(services, placed),
        () => resumeOrder(services, placed),
      ];
      for (const step of steps) {
        const before = told;
        await step();
        assert.ok(told > before, String(step));
      }
      stop();
    });

    it("stand before an admin after the last attempt, who may have them go on", async () => {
      const placed = await order();
      const states: string[] = [];
      while (states.at(-1) !== "failed") {
        const job = await claimed();
        const outcome = { ended: "timeout" as const };
        const fail = { ...leaseOf(job), stage: "completing", outcome };
        states.push(await failJob(services, "worker", fail));
        await dueNow(services);
      }
      assert.deepEqual(states, ["retrying", "retrying", "retrying", "failed"]);
      const [dead] = await deadJobs(services.db, 9);
      assert.equal(dead.lab_order_id, placed.id);
      await retryDeadJob(services, dead.id);
      await complete(await claimed());
      assert.ok((await requireOrder(services.db, placed.id, ADA)).set_id);
    });

    it("become a set of their own where the one to join has changed meanwhile", async () => {
      await order({ model: "One" });
      await complete(await claimed());
      const [{ set_id: setId }] = await ordersOf(services.db, ADA.id);
      const placed = [
        await order({ into: setId, model: "Two" }),
        await order({
          ...{ into: setId, model: "Two" },
        }),
      ];
      await complete(await claimed());
      await complete(await claimed());
      const made = await Promise.all(
        placed.map(({ id }) => requireOrder(services.db, id, ADA)),
      );
      assert.equal(made[0].set_id, setId);
      assert.equal((await itemsOf(services.db, setId!)).length, 6);
      assert.notEqual(made[1].set_id, setId);
      await assert.rejects(order({ into: setId, model: "Three" }, BEN), PermissionError);
    });

    it("end in a hidden set where their prompts were hidden meanwhile, and no other begins", async () => {
      const placed = await order();
      const job = await claimed();
      const decision = { act: "hide-prompts", reason: "Names of living people." };
      await decidePrompts(services, BEN, wanted.promptSetId, decision);
      await assert.rejects(order(), GoneError);
      assert.equal(await complete(job), "done");
      const { set_id: setId } = await requireOrder(services.db, placed.id, ADA);
      await assert.rejects(
        requireSet(services.db, setId!),
        (error) => error instanceof GoneError && publicProblem(error)?.got === decision.reason,
      );
      assert.equal((await completionsOf(setId!)).length, 3);
      assert.equal((await orderView(services.db, placed)).prompts, "P");
    });

    it("are refused when they ask for too much, or for what is not there", async () => {
      const search = { beams: 64, minTokens: 0, maxTokens: 100_000, endToken: null };
      await services.db.updateTable("entry").set({ parameters: 50_000_000 }).execute();
      await assert.rejects(order({ search }), BudgetError);
      await assert.rejects(order({ entry: "nothing" }), NotFoundError);
      await assert.rejects(order({ promptSetId: "nothing" }), NotFoundError);
      const placed = await order();
      await assert.rejects(requireOrder(services.db, placed.id, BEN), NotFoundError);
      assert.ok(await requireOrder(services.db, placed.id, { ...BEN, role: "admin" }));
    });
  });
}
