import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { configFromEnv } from "../lib/config.ts";

describe("configuration", () => {
  it("has a value for everything when the environment is empty", () => {
    const config = configFromEnv({});
    assert.equal(config.port, 8000);
    assert.equal(config.dataDir, "data/var");
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.gallery, true);
    assert.equal(config.sweepTopN, 10);
    assert.equal(config.jobThreads, navigator.hardwareConcurrency);
  });

  it("reads every variable", () => {
    const config = configFromEnv({
      PORT: "0",
      TINYPROOF_DATA: "/srv/board",
      DATABASE_URL: "postgres://board@db/board",
      TINYPROOF_GALLERY: "off",
      TINYPROOF_SWEEP: "off",
      TINYPROOF_JOBS: "4",
      TINYPROOF_THREADS: "3",
    });
    assert.deepEqual(
      [config.port, config.dataDir, config.databaseUrl, config.gallery, config.sweep],
      [0, "/srv/board", "postgres://board@db/board", false, false],
    );
    assert.deepEqual([config.jobConcurrency, config.jobThreads], [4, 3]);
  });

  it("names the variable that is wrong, and what it should be", () => {
    assert.throws(
      () => configFromEnv({ PORT: "80a" }),
      /a port from 0 to 65535 in PORT, got "80a"/,
    );
    assert.throws(() => configFromEnv({ TINYPROOF_SWEEP: "yes" }), /on or off in TINYPROOF_SWEEP/);
  });

  it("never repeats a database URL, which may hold a password", () => {
    assert.throws(
      () => configFromEnv({ DATABASE_URL: "mysql://u:secret@h/d" }),
      (error: Error) => /DATABASE_URL/.test(error.message) && !error.message.includes("secret"),
    );
  });
});
