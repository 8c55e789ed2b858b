// An old recipe replays on the engine it names, where this board has kept it. Real job processes.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { Services } from "../../lib/services.ts";
import { forEachKnownBlob } from "../../lib/storage/known_blobs.ts";
import { removeUnusedBlob } from "../../lib/storage/unused_blobs.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { keepEngine, keptEngines } from "../../lib/verification/engine_store.ts";
import type { Statement } from "../../lib/verification/report.ts";
import { reportsOf } from "../../lib/verification/store.ts";
import { startSupervisor, type Supervisor } from "../../workers/supervisor.ts";
import { pgliteBackend, type TestBackend, type TestDatabase } from "../support/databases.ts";
import { engineBinary } from "../support/engine.ts";
import { withHeader } from "../support/model_files.ts";
import { EMPTY_MODULE, withNote } from "../support/other_engines.ts";
import { testServices, whenEntry } from "../support/services.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, trainRun } from "../support/trained_entry.ts";

describe("an engine of another digest", () => {
  let backend: TestBackend;
  let opened: TestDatabase;
  let services: Services;
  let supervisor: Supervisor;
  let current: Uint8Array<ArrayBuffer>;
  let engineDir: string;
  beforeAll(async () => {
    current = await engineBinary();
    engineDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    await Deno.writeFile(`${engineDir}/engine.wasm`, current);
    backend = pgliteBackend();
    opened = await backend.open();
    services = await testServices(opened, { sweep: false, jobThreads: 1 }, {}, {
      enginePath: `${engineDir}/engine.wasm`,
      dataFiles: { score: [], generate: [], verify: [] },
      pollMs: 200,
    });
    supervisor = startSupervisor(services, { onError: () => {} });
    await keepEngine(services, current);
  });
  afterAll(async () => {
    await supervisor.stop();
    await services.close();
    await opened.close();
    await backend.close();
    await Deno.remove(engineDir, { recursive: true });
  });

  /** A model that `binary` trained. */
  async function trained(binary: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const engine = await instantiateEngine(binary);
    const { file } = await trainRun(engine, tinyRecipe({ steps: 20, seed: binary.length }));
    engine.close();
    return file;
  }

  /** What the replay of the file says. */
  async function replayed(file: Uint8Array<ArrayBuffer>): Promise<Statement["predicate"]> {
    const entry = await trainedEntry(services, file, "Trained elsewhere");
    await services.db.transaction().execute((trx) =>
      services.queue.enqueueVerify(trx, entry.id, 1)
    );
    await whenEntry(
      services,
      entry.id,
      async () => (await getEntry(services.db, entry.id))!.provenance !== "pending" || null,
    );
    return ((await reportsOf(services.db, entry.id))[0].statement as Statement).predicate;
  }

  it("replays the recipe that names it, once it is kept", async () => {
    const old = withNote(current, "an older build");
    await keepEngine(services, old);
    const digest = await sha256Hex(old);
    const { verdict, engineDigest, declaredEngineDigest } = await replayed(await trained(old));
    assert.deepEqual([verdict, engineDigest, declaredEngineDigest], ["exact", digest, digest]);
    assert.deepEqual(
      (await keptEngines(services.db)).map(({ digest }) => digest).sort(),
      [digest, await sha256Hex(current)].sort(),
    );
  });

  it("leaves a recipe that names an unknown one as it is", async () => {
    const file = await trained(withNote(current, "never seen here"));
    const { verdict, engineDigest, reasons } = await replayed(file);
    assert.deepEqual([verdict, engineDigest], ["not-reproducible", await sha256Hex(current)]);
    assert.match(reasons[0], /engine [0-9a-f]{64} is not at hand/);
  });

  it("ends as not reproducible where it is kept and does not fit this program", async () => {
    await keepEngine(services, EMPTY_MODULE);
    const digest = await sha256Hex(EMPTY_MODULE);
    const file = withHeader(await trained(current), ({ recipe }) => recipe.engine = digest);
    const { verdict, engineDigest, reasons } = await replayed(file);
    assert.deepEqual([verdict, engineDigest], ["not-reproducible", await sha256Hex(current)]);
    assert.match(reasons[0], /is not at hand \(It does not fit this program: expected kernel meet/);
  });

  it("is nothing that somebody who submits its bytes can have removed", async () => {
    const digest = await sha256Hex(current);
    assert.equal(await removeUnusedBlob(services, digest), false);
    assert.ok(await services.blobs.has(digest));
    const needed: string[] = [];
    await forEachKnownBlob(services.db, (blob) => {
      if (blob.needed) needed.push(blob.digest);
      return Promise.resolve();
    });
    assert.ok(needed.includes(digest), "it goes into backups");
  });
});
