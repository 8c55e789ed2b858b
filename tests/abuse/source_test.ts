// What the server's source must not do, whatever it is sent.

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parse } from "acorn";
import * as esbuild from "esbuild";
import { analyse } from "scslre";
import { importsOf, sourceFiles } from "../support/source_files.ts";

const source = (file: string) => Deno.readTextFile(new URL(`../../${file}`, import.meta.url));

/** What runs in the server's process or reads what strangers sent. */
const SERVER = sourceFiles().filter((file) =>
  /^(lib|routes|components|workers)\/|^(main|app_state)\.ts$/.test(file)
);

/** Who may speak to others, and to whom. */
const ASKS: Record<string, string> = {
  "workers/score_browser.ts": "in a browser, its own server",
  "workers/train_browser.ts": "in a browser, its own server",
  "workers/site_data.ts": "in a browser, its own server",
  "workers/lab_offline_browser.ts": "in a browser, its own server",
  "workers/other_engine/browser_worker.ts": "in a worker's browser, the worker itself",
  "lib/lab/judge/ask.ts": "in a browser or a command line, the judge that its user names",
  "workers/transport.ts": "a worker, the server its operator names",
  "workers/blob_cache.ts": "a worker, the server its operator names",
  "lib/storage/s3_fetch.ts": "the bucket of the settings",
  "lib/storage/s3_blobs.ts": "the bucket of the settings",
  "lib/storage/s3_fetch.ts → node:http": "the bucket of the settings",
  "lib/storage/s3_fetch.ts → node:https": "the bucket of the settings",
  "lib/storage/backup/door.ts": "the server of its own data directory",
  "lib/dump/source.ts": "the server it copies",
  "lib/http/client_address.ts → node:net": "nobody: it reads addresses",
  "lib/http/serve_strangers.ts → node:http": "nobody: it listens",
  "lib/http/serve_strangers.ts → node:net": "nobody: it listens",
};

/** Expressions that begin anew at each place of a text, and why that text is short. */
const SHORT_TEXTS: Record<string, string> = {
  [String.raw`lib/corpora/intake.ts /\uFFFD+$/`]: "the first two kilobytes of a corpus",
  [String.raw`routes/corpora/[id]/index.tsx /\uFFFD+$/`]: "the first two kilobytes of a corpus",
  [String.raw`lib/storage/s3_client.ts /\/+$/`]: "an address of the settings",
  [String.raw`workers/transport.ts /\/+$/`]: "an address that a worker's operator names",
  [String.raw`lib/http/documents.ts /<[^>]*>/g`]: "a document of ours",
  [String.raw`lib/config/keeping.ts /\/*$/`]: "an address of the settings",
  [String.raw`lib/dump/dump.ts /\/+$/`]: "a folder that the operator names",
  [String.raw`lib/lab/tinyscalelab/rubrics.ts /^-+|-+$/g`]: "a name, each hyphen alone",
  [String.raw`lib/lab/tinyscalelab/rubrics.ts /-+$/`]: "60 characters at most",
  [String.raw`lib/leaderboard/cursor.ts /=+$/`]: "base64 of ours, two at most",
  [String.raw`lib/submissions/lineage.ts /[?#].*$/`]: "500 characters at most",
  [String.raw`lib/submissions/lineage.ts /\/+$/`]: "500 characters at most",
  [String.raw`lib/verification/browser_runtime.ts /Version\/(\d+)[\d.]* .*Safari/`]:
    "in a browser, its own name",
};

describe("the server", () => {
  it("asks for no address that somebody gave it", async () => {
    const asks =
      /\bfetch\s*\(|\bnew (WebSocket|EventSource|XMLHttpRequest)\b|Deno\.connect(Tls)?\(/;
    const found: string[] = [];
    for (const file of SERVER.filter((file) => !file.startsWith("components/"))) {
      if (asks.test(withoutComments(await source(file)))) found.push(file);
      for (const { specifier } of await importsOf(file)) {
        if (/^node:(https?|http2|net|tls|dgram)$|^(undici|axios|got|ky)$/.test(specifier)) {
          found.push(`${file} → ${specifier}`);
        }
      }
    }
    assert.deepEqual(found.filter((one) => !Object.hasOwn(ASKS, one)), []);
  });

  it("reads no body without a limit", async () => {
    for (const file of SERVER.filter((file) => /^(lib|routes)\//.test(file))) {
      const text = withoutComments(await source(file));
      assert.doesNotMatch(
        text,
        /\breq(uest)?\.(json|text|formData|arrayBuffer|blob|bytes)\(/,
        `${file}: see lib/http/multipart.ts, form.ts and patience.ts`,
      );
    }
  });

  it("makes no code or HTML out of text", async () => {
    // Documents of docs/, by a renderer that escapes what is in them; rows of boards, by templates
    // that escape what is put into them.
    const allowed = ["routes/docs/[name].tsx", "components/markup.ts"];
    for (const file of SERVER.concat(sourceFiles("islands/"))) {
      const text = withoutComments(await source(file));
      assert.doesNotMatch(text, /\beval\(|new Function\(|\.innerHTML\b|insertAdjacentHTML/, file);
      if (!allowed.includes(file)) assert.doesNotMatch(text, /dangerouslySetInnerHTML/, file);
    }
  });

  it("puts no value into the text of a statement", async () => {
    // Kysely makes parameters of what stands in a template; sql.raw does not.
    const fixed = /^sql\.raw\([\w.]+ \? "[^"]*" : "[^"]*"\)$/;
    // Names of types, as the database's own catalogue gives them.
    const catalogue = "lib/storage/transfer/copy_table.ts";
    for (const file of SERVER.filter((file) => file.startsWith("lib/") && file !== catalogue)) {
      for (const [used] of (await source(file)).matchAll(/sql\.raw\([^)]*\)/g)) {
        assert.match(used, fixed, file);
      }
    }
  });

  it("has no expression that takes much longer than its text is long", async () => {
    let count = 0;
    const found: string[] = [];
    for (const file of SERVER.filter((file) => !file.startsWith("components/"))) {
      for (const { pattern, flags } of await expressionsIn(file)) {
        count++;
        const { reports } = analyse({ source: pattern, flags });
        if (reports.length > 0) found.push(`${file} /${pattern}/${flags}`);
      }
    }
    assert.ok(count > 80);
    assert.deepEqual(found.filter((one) => !Object.hasOwn(SHORT_TEXTS, one)), []);
  });

  it("builds expressions out of its own words alone", async () => {
    const allowed = [
      "lib/operating/log.ts",
      "lib/benchmarks/twins.ts",
      "lib/accounts/api_keys.ts",
      "lib/accounts/auth.ts",
      "lib/dump/address.ts",
    ];
    for (const file of SERVER.filter((file) => !allowed.includes(file))) {
      assert.doesNotMatch(withoutComments(await source(file)), /new RegExp\(/, file);
    }
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

interface Node {
  type: string;
  regex?: { pattern: string; flags: string };
}

/** Every regular expression literal of a file. */
async function expressionsIn(file: string): Promise<{ pattern: string; flags: string }[]> {
  const { code } = await esbuild.transform(await source(file), {
    loader: file.endsWith(".tsx") ? "tsx" : "ts",
    jsx: "automatic",
    target: "esnext",
  });
  const found: { pattern: string; flags: string }[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { type, regex } = node as Node;
    if (type === "Literal" && regex) found.push(regex);
    Object.values(node).forEach(visit);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  return found;
}
