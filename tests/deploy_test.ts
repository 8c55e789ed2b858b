// The files an installation is made of: well-formed, hardened, and true about this repository.

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { validate } from "dockerfile-utils";
import { VARIABLES } from "../lib/config.ts";
import { fromUtf8 } from "../lib/bytes.ts";
import { TextLineStream } from "../workers/lines.ts";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));
const tasks = JSON.parse(await read("deno.json")).tasks as Record<string, string>;

describe("the Dockerfile", () => {
  it("has no fault that a linter finds", async () => {
    assert.deepEqual(validate(await read("Dockerfile")).map(({ message }) => message), []);
  });

  it("has stages, a pinned base, a user without rights and a check of health", async () => {
    const text = await read("Dockerfile");
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    assert.equal(bases.length, 2);
    for (const base of bases) assert.match(base, /^denoland\/deno:debian-2\.9\.\d+$/);
    assert.match(text, /^USER 10001:10001$/m);
    assert.ok(text.indexOf("\nUSER ") < text.indexOf("\nENTRYPOINT "));
    assert.match(text, /^HEALTHCHECK .*\\\n\s+CMD .*\/healthz/m);
    assert.match(text, /^RUN deno install --frozen$/m);
    assert.doesNotMatch(text, /:latest|^ADD |--chown|sudo/m);
  });

  it("copies what the build needs, and no data or secret of this machine", async () => {
    const ignored = (await read(".dockerignore")).trim().split("\n");
    for (const path of [".git", "node_modules", "data/var", "_fresh"]) {
      assert.ok(ignored.includes(path), path);
    }
    for (const [, path] of (await read("Dockerfile")).matchAll(/^COPY (\w[\w.]*) /gm)) {
      await Deno.stat(new URL(path, ROOT));
    }
  });

  it("starts the server as a task does", async () => {
    const [, program] = /^ENTRYPOINT (.*)$/m.exec(await read("Dockerfile"))!;
    const [, command] = /^CMD (.*)$/m.exec(await read("Dockerfile"))!;
    const words = [...JSON.parse(program), ...JSON.parse(command)];
    const plain = words.filter((word: string) => !/^--(cached-only|no-prompt)$/.test(word));
    assert.equal(plain.join(" "), tasks.serve);
  });
});

describe("the unit for systemd", () => {
  it("starts the server as a task does, and gives it time to stop", async () => {
    const unit = await read("deploy/tinyproof.service");
    const [, start] = /^ExecStart=(.*)$/m.exec(unit)!;
    assert.equal(
      start.replace("/usr/local/bin/", "").replace(/ --(cached-only|no-prompt)/g, ""),
      tasks.serve,
    );
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]);
    const { drainSeconds, shutdownSeconds } = VARIABLES;
    assert.ok(seconds > Number(drainSeconds.default) + Number(shutdownSeconds.default));
    for (const [, name] of unit.matchAll(/(TINYPROOF_\w+)/g)) {
      assert.ok(Object.values(VARIABLES).some((variable) => variable.name === name), name);
    }
  });

  it("takes away what the server does not need", async () => {
    const unit = await read("deploy/tinyproof.service");
    for (
      const line of [
        ...["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes"],
        ...["PrivateDevices=yes", "CapabilityBoundingSet=", "RestrictNamespaces=yes"],
        ...["RestrictSUIDSGID=yes", "SystemCallFilter=@system-service", "UMask=0077"],
        ...["User=tinyproof", "KillMode=mixed"],
      ]
    ) {
      assert.ok(unit.split("\n").includes(line), line);
    }
  });

  it("is understood by systemd, where that is at hand", async () => {
    // The program it starts need not be on this machine.
    const unit = (await read("deploy/tinyproof.service")).replace(
      /\/usr\/local\/bin\/deno/,
      "/bin/sh",
    );
    const folder = await Deno.makeTempDir({ prefix: "tinyproof-unit-" });
    await Deno.writeTextFile(`${folder}/tinyproof.service`, unit);
    try {
      const { code, stderr } = await new Deno.Command("systemd-analyze", {
        args: ["verify", `${folder}/tinyproof.service`],
      }).output();
      assert.equal(code, 0, fromUtf8(stderr));
      assert.equal(fromUtf8(stderr).trim(), "");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

describe("an installed server", () => {
  it("writes nothing beside its data: its program may belong to somebody else", async () => {
    const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-serve-" });
    const build = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "dev.ts", "build"],
      cwd: ROOT,
    }).output();
    assert.ok(build.success);
    const root = ROOT.pathname.replace(/\/$/, "");
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `--deny-write=${root}`, "--no-prompt", "dev.ts", "serve"],
      cwd: ROOT,
      env: { PORT: "0", TINYPROOF_DATA: dataDir, TINYPROOF_SWEEP: "off", TINYPROOF_GALLERY: "off" },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let ready: unknown = null;
    for await (const line of child.stdout.pipeThrough(new TextLineStream(10_000))) {
      const url = /http:\/\/localhost:\d+/.exec(line)?.[0];
      if (!url || ready !== null) continue;
      ready = await (await fetch(`${url}/readyz`)).json();
      child.kill("SIGTERM");
    }
    assert.equal((await child.status).code, 0);
    const parts = { database: "ok", queue: "ok", files: "ok", stopping: false };
    assert.deepEqual(ready, { ready: true, parts });
    await Deno.remove(dataDir, { recursive: true });
  });
});
