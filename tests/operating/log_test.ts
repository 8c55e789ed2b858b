import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { VARIABLES } from "../../lib/config.ts";
import { secretTexts, type Variable } from "../../lib/environment.ts";
import { LineOutput } from "../../lib/operating/line_output.ts";
import { sourceFiles } from "../support/source_files.ts";
import { accessLog, endLog, log, LOG_LEVELS, type LogOptions } from "../../lib/operating/log.ts";
import { startLog } from "../../lib/operating/log.ts";

async function started(options: Partial<LogOptions> = {}): Promise<string[]> {
  const lines: string[] = [];
  await startLog({
    level: "info",
    format: "json",
    access: true,
    secrets: [],
    write: (line) => void lines.push(line),
    ...options,
  });
  return lines;
}

/** Every way in which a text may come into a record. */
function sayEverywhere(text: string): void {
  for (const level of LOG_LEVELS) log[level]("said {text}", { text });
  log.error(`inside of ${text} a message`);
  log.warn`tagged ${text}`;
  log.error("failed", { error: new Error(text, { cause: new TypeError(`because ${text}`) }) });
  log.error(new Error(text));
  log.error("nested", { request: { headers: [["x", `v=${text}`]], query: { [text]: 1 } } });
  log.error("in an address", { url: `http://h/?q=${encodeURIComponent(text)}` });
  accessLog.error("GET {path}", { path: `/${text}`, status: 200 });
}

describe("the log", () => {
  afterEach(endLog);

  it("is one JSON object a line, with time, level, message and fields", async () => {
    const lines = await started();
    log.info("Gallery: {count} models submitted", { count: 3 });
    log.error("It broke\nin two", { error: new RangeError("why", { cause: new Error("deep") }) });
    const [first, second] = lines.map((line) => JSON.parse(line));
    assert.equal(first.message, "Gallery: 3 models submitted");
    assert.deepEqual([first.level, first.logger, first.count], ["INFO", "tinyproof", 3]);
    assert.ok(Date.parse(first["@timestamp"]) > 0);
    assert.equal(second.error.name, "RangeError");
    assert.match(second.error.stack, /log_test/);
    assert.equal(second.error.cause.message, "deep");
    for (const line of lines) assert.match(line, /^[^\n]+\n$/);
  });

  it("is quiet below its level, and about requests when told so", async () => {
    const lines = await started({ level: "warning", access: false });
    log.info("not said");
    log.warn("said");
    accessLog.error("not said");
    assert.equal(lines.length, 1);
  });

  it("says who writes now and what waits, and writes at once what is urgent", () => {
    const written: string[] = [];
    const output = new LineOutput({
      writeSync: (bytes) => {
        written.push(new TextDecoder().decode(bytes.subarray(0, 3)));
        return Math.min(3, bytes.length);
      },
    });
    output.write("one\n", false);
    assert.deepEqual(written, []);
    output.write("two\n", true);
    assert.equal(written.join(""), "one\ntwo\n");
  });

  it("shows a terminal no command that a name holds", async () => {
    const lines = await started({ format: "pretty" });
    log.error("File {name}", { name: "a\x1b[2Jb", error: new Error("c\x1b]0;title\x07d") });
    const withoutColors = lines.join("").replaceAll(new RegExp("\x1b\\[\\d*m", "g"), "");
    assert.doesNotMatch(withoutColors, /[^\P{Cc}\n]/u);
    assert.match(lines.join(""), /a\uFFFD\[2Jb/);
  });
});

describe("the server's code", () => {
  it("writes to nothing but the log", async () => {
    // Lines on standard output are how a job process speaks; the others run in browsers.
    const allowed = ["workers/job_frame.ts"];
    const files = sourceFiles().filter((file) =>
      /^(lib|routes|workers|components|islands)\/|^(main|dev)\.ts$/.test(file) &&
      !allowed.includes(file)
    );
    for (const file of files) {
      const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
      assert.doesNotMatch(text, /\bconsole\.\w+\(/, file);
    }
  });
});

describe("secrets", () => {
  afterEach(endLog);

  const secrets = Object.values(VARIABLES).filter((variable: Variable) => variable.secret);
  const planted = (name: string) => `planted "${name}" 100%\\`;

  it("include the database's address", () => {
    assert.ok(secrets.some(({ name }) => name === "DATABASE_URL"));
  });

  for (const { name } of secrets) {
    for (const format of ["json", "pretty"] as const) {
      it(`of ${name} reach no line of ${format}, at any level`, async () => {
        const env = { [name]: planted(name) };
        const hidden = secretTexts(VARIABLES, env);
        const lines = await started({ level: "trace", format, secrets: hidden });
        sayEverywhere(planted(name));
        assert.ok(lines.length >= 10);
        for (const line of lines) {
          assert.ok(!line.includes("planted"), line);
          assert.match(line, /\[hidden\]/);
        }
      });
    }
  }

  it("include the password of an address, as it is and as the driver sees it", async () => {
    for (const rest of ["db/board", "/board?host=/run/postgresql"]) {
      const env = { DATABASE_URL: `postgres://board:p%40ss%20word@${rest}` };
      const lines = await started({ secrets: secretTexts(VARIABLES, env) });
      log.error("cannot connect with p@ss word");
      log.error("cannot connect with p%40ss%20word");
      assert.doesNotMatch(lines.join(""), /ss.{1,3}word/);
    }
  });

  it("are known by their names and shapes as well, whoever logs them", async () => {
    const lines = await started();
    log.error("request", { headers: { Authorization: "Bearer abc", cookie: "sid=xyz" } });
    log.error("request", { apiKey: "abc", session_token: "xyz", password: "xyz" });
    log.error("sent Bearer abc.def-xyz to https://me:xyz@host/path");
    assert.doesNotMatch(lines.join(""), /abc|xyz/);
    assert.match(lines.join(""), /host\/path/);
  });
});
