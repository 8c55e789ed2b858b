import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { bucketOf, configFromEnv, guestPolicy, VARIABLES } from "../lib/config.ts";
import { tableRows } from "../lib/environment.ts";
import { cli, cliWith } from "./support/cli.ts";
import { sourceFiles } from "./support/source_files.ts";

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

  it("holds back what guests send as soon as others than this machine can reach it", () => {
    const guests = (env: Record<string, string>) => guestPolicy(configFromEnv(env));
    assert.equal(guests({}), "on");
    assert.equal(guests({ HOST: "::1", TINYPROOF_ORIGIN: "http://localhost:9" }), "on");
    assert.equal(guests({ HOST: "0.0.0.0" }), "hold");
    assert.equal(guests({ TINYPROOF_ORIGIN: "https://board.example" }), "hold");
    const open = { TINYPROOF_ORIGIN: "https://board.example", TINYPROOF_GUESTS: "on" };
    assert.equal(guests(open), "on");
    assert.equal(guests({ TINYPROOF_GUESTS: "off" }), "off");
  });

  it("takes an origin without a path, and GitHub with both halves", () => {
    for (const wrong of ["board.example", "https://board.example/", "https://b.example/x"]) {
      assert.throws(() => configFromEnv({ TINYPROOF_ORIGIN: wrong }), /an origin, as in https/);
    }
    const both = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret" };
    assert.equal(configFromEnv(both).githubClientSecret, "secret");
    assert.throws(
      () => configFromEnv({ GITHUB_CLIENT_ID: "id" }),
      /a value beside GITHUB_CLIENT_ID in GITHUB_CLIENT_SECRET/,
    );
  });

  it("never repeats a secret", () => {
    assert.throws(
      () => configFromEnv({ TINYPROOF_SECRET: "too short" }),
      (error: Error) => /32 characters/.test(error.message) && !error.message.includes("too short"),
    );
  });

  const BUCKET = {
    S3_ENDPOINT: "https://objects.example",
    S3_REGION: "auto",
    S3_BUCKET: "board",
    S3_ACCESS_KEY_ID: "id",
    S3_SECRET_ACCESS_KEY: "sesame",
  };

  it("knows a bucket by five variables", () => {
    const config = configFromEnv({ ...BUCKET, TINYPROOF_CACHE_MIB: "3" });
    assert.deepEqual(bucketOf(config), {
      endpoint: "https://objects.example",
      region: "auto",
      bucket: "board",
      accessKeyId: "id",
      secretAccessKey: "sesame",
      redirect: true,
    });
    assert.equal(config.cacheBytes, 3 * 1024 ** 2);
    assert.equal(bucketOf(configFromEnv({ ...BUCKET, S3_REDIRECT: "off" }))?.redirect, false);
    assert.equal(bucketOf(configFromEnv({})), undefined);
  });

  it("takes all five of a bucket or none, and names those that lack", () => {
    for (const name of Object.keys(BUCKET)) {
      assert.throws(
        () => configFromEnv({ ...BUCKET, [name]: "" }),
        new RegExp(`Expected a value beside S3_\\w+ in ${name}, got nothing`),
      );
    }
    assert.throws(
      () => configFromEnv({ S3_BUCKET: "board" }),
      /4 settings are wrong.*S3_ENDPOINT.*S3_REGION.*S3_ACCESS_KEY_ID.*S3_SECRET_ACCESS_KEY/s,
    );
  });

  it("names what is wrong with a bucket, and no secret", () => {
    const wrong = { S3_ENDPOINT: "objects.example", S3_REGION: "Frankfurt!", S3_BUCKET: "No" };
    for (const [name, text] of Object.entries({ ...wrong, S3_SECRET_ACCESS_KEY: "se same" })) {
      assert.throws(
        () => configFromEnv({ ...BUCKET, [name]: text }),
        (error: Error) => error.message.includes(name) && !/sesame|se same/.test(error.message),
      );
    }
  });

  it("never repeats a database URL, which may hold a password", () => {
    assert.throws(
      () => configFromEnv({ DATABASE_URL: "mysql://u:secret@h/d" }),
      (error: Error) => /DATABASE_URL/.test(error.message) && !error.message.includes("secret"),
    );
  });

  it("has every default within what is allowed", () => {
    for (const variable of Object.values(VARIABLES)) {
      if ("default" in variable) variable.schema.parse(variable.default);
    }
  });

  it("is the README's table: `deno task cli config --table` prints its rows", async () => {
    const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
    const [, table] = /\| variable \| meaning \| default \|\n[-|]+\n((?:\|.*\n)+)/.exec(readme)!;
    assert.deepEqual(table.trimEnd().split("\n"), tableRows(VARIABLES));
  });

  it("is read nowhere else in the server", async () => {
    // What a job process is started with, and what finds a C compiler, are no settings.
    const allowed = ["workers/job_child.ts", "native/build.ts"];
    const server = sourceFiles().filter((file) =>
      /^(lib|routes|workers|native|components|islands)\/|^[^/]+$/.test(file) &&
      !allowed.includes(file)
    );
    for (const file of server) {
      const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
      assert.doesNotMatch(text, /Deno\.env\.(get|has)|process\.env/, file);
    }
  });
});

describe("cli config", () => {
  it("lists every setting with its meaning and value", async () => {
    const { code, stdout } = await cli("config");
    assert.equal(code, 0);
    for (const { name, meaning } of Object.values(VARIABLES)) {
      assert.match(stdout, new RegExp(`^${name} +\\S`, "m"));
      assert.ok(stdout.includes(meaning), name);
    }
  });

  it("says everything that is wrong, and no secret", async () => {
    const env = { PORT: "a", TINYPROOF_JOBS: "0", DATABASE_URL: "mysql://u:hunter2@h/d" };
    const { code, stdout, stderr } = await cliWith(env, "config");
    assert.equal(code, 1);
    for (const name of Object.keys(env)) assert.match(stderr, new RegExp(`in ${name}`));
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });
});
