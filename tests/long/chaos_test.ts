import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runChaos } from "../../prove/chaos/run.ts";
import { testBackends } from "../support/databases.ts";
import { startBucket } from "../support/s3.ts";

const [SUBMISSIONS, KILLS] = [4, 4];

for (const backend of testBackends().filter(({ name }) => name === "postgres")) {
  describe("servers and workers that are killed at random", () => {
    it("score every submission once, lose no job, and leave a ledger that holds", async () => {
      const bucket = await startBucket();
      const directory = await Deno.makeTempDir({ prefix: "tinyproof-chaos-" });
      try {
        const { databaseUrl } = await backend.open({ migrated: false });
        const { starts, kills, replays, problems } = await runChaos({
          ...{ submissions: SUBMISSIONS, kills: KILLS, servers: 2, workers: 2, seed: 1 },
          ...{ databaseUrl: databaseUrl!, bucket, directory, say: () => {} },
        });
        assert.deepEqual(problems, []);
        assert.equal(kills, KILLS);
        assert.equal(replays, SUBMISSIONS);
        const started = Object.values(starts).reduce((sum, count) => sum + count, 0);
        assert.ok(started >= Object.keys(starts).length + KILLS, JSON.stringify(starts));
        const servers = starts["server-1"] + starts["server-2"] - 2;
        assert.ok(servers > 0 && servers < KILLS, "both servers and workers were killed");
      } finally {
        await bucket.close();
        await backend.close();
        await Deno.remove(directory, { recursive: true });
      }
    });
  });
}
