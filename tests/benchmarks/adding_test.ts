import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromUtf8 } from "../../lib/bytes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Large, and nothing in them changes. */
const LINKED = ["data", "node_modules"];
const LEFT_OUT = [".git", "_fresh", "docs", "prove", "bench"];

/** What a visitor of the copy finds; run there by Deno. */
const VISIT = `
import { openTestApp } from "./tests/routes/test_app.ts";
import { topUpScores } from "./lib/submissions/top_up.ts";
const app = await openTestApp();
const text = async (path) => await (await app.request(path)).text();
console.log(JSON.stringify({
  tabs: await text("/leaderboard/sort-6"),
  board: await text("/leaderboard/next-letter"),
  api: JSON.parse(await text("/api/v1/leaderboard/next-letter")),
  about: await text("/about"),
  queued: await topUpScores(app.services),
}));
await app.close();
Deno.exit(0);
`;

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    const source = `${from}/${name}`, target = `${to}/${name}`;
    if (from === ROOT && LEFT_OUT.includes(name)) continue;
    if (from === ROOT && LINKED.includes(name)) {
      await Deno.symlink(await Deno.realPath(source), target);
    } else if (isDirectory) await copyTree(source, target);
    else if (isFile) await Deno.copyFile(source, target);
  }
}

/** Writes the page's file and puts each added line after the line above it. */
async function follow(page: string, root: string): Promise<void> {
  const [, path, source] = page.match(/```ts\n\/\/ (\S+)\n([^]*?)```/)!;
  await Deno.writeTextFile(`${root}/${path}`, source);
  const [, diff] = page.match(/```diff\n([^]*?)```/)!;
  const file = `${root}/lib/benchmarks/registry.ts`;
  let registry = await Deno.readTextFile(file);
  let above = "";
  for (const line of diff.trimEnd().split("\n")) {
    if (line.startsWith("+")) {
      assert.equal(registry.split(`${above}\n`).length, 2, `"${above}" stands there once`);
      registry = registry.replace(above, `${above}\n${line.slice(1)}`);
    } else above = line.slice(1);
  }
  await Deno.writeTextFile(file, registry);
}

async function deno(root: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, fromUtf8(stderr));
  return fromUtf8(stdout);
}

describe("docs/adding-a-benchmark.md", () => {
  let folder: string;
  let root: string;
  beforeAll(async () => {
    folder = await Deno.realPath(await Deno.makeTempDir());
    root = `${folder}/copy`;
    await copyTree(ROOT, root);
    await follow(await Deno.readTextFile(`${ROOT}docs/adding-a-benchmark.md`), root);
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("makes the command line score it", async () => {
    const file = "tests/fixtures/old-shakespeare.fp16.tinygpt";
    const words = ["score", file, "--benchmark", "next-letter", "--json"];
    const { scores } = JSON.parse(await deno(root, "cli.ts", ...words));
    assert.equal(scores[0].benchmark, "next-letter");
    assert.equal(scores[0].unit, "%");
    assert.ok(scores[0].score >= 0 && scores[0].interval[1] > scores[0].score);
  });

  it("makes its tab and its API appear, and has old entries scored", async () => {
    await Deno.writeTextFile(`${root}/visit.ts`, VISIT);
    const seen = JSON.parse((await deno(root, "visit.ts")).trim().split("\n").at(-1)!);
    assert.match(seen.tabs, /href="\/leaderboard\/next-letter"[^>]*>Next letter</);
    assert.match(seen.board, /<h2>Next letter<\/h2>/);
    assert.equal(seen.api.benchmark.id, "next-letter");
    assert.equal(seen.api.benchmark.version, 1);
    assert.match(seen.about, /Share of 23 trials/);
    assert.ok(seen.queued > 0);
  });

  it("names the digest of the trials", async () => {
    const { NEXT_LETTER } = await import(`file://${root}/lib/benchmarks/next_letter.ts`);
    const asked = NEXT_LETTER.evaluationTexts().map(({ text }: { text: string }) => `${text}\n`);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(asked.join("")));
    assert.equal(new Uint8Array(digest).toHex(), NEXT_LETTER.dataDigest);
  });
});
