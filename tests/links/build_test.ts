import assert from "node:assert/strict";
import { App, staticFiles } from "fresh";
import { Builder } from "fresh/dev";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { listFiles } from "../../links/fresh/src/build/files.ts";
import { compareRoutes, pathToPattern } from "../../links/fresh/src/fs_routes.ts";
import { Router } from "../../links/fresh/src/router.ts";

let root: string;
const scripts = () => `${root}/_fresh/static/_fresh/js`;

beforeEach(async () => {
  root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/islands`);
  await Deno.writeTextFile(
    `${root}/islands/A.tsx`,
    "export default () => <p>one</p>;\n",
  );
});
afterEach(() => Deno.remove(root, { recursive: true }));

async function build(): Promise<{ names: string[]; writtenMs: number }> {
  await new Builder({ root }).build();
  const names = await listFiles(scripts());
  const { mtime } = await Deno.stat(`${scripts()}.stamp.json`);
  return { names, writtenMs: mtime!.getTime() };
}

describe("a build", () => {
  it("does nothing when no source changed", async () => {
    const first = await build();
    await Deno.utime(`${scripts()}.stamp.json`, 1, 1);
    const second = await build();
    assert.deepEqual(second.names, first.names);
    assert.equal(second.writtenMs, 1000);
  });

  it("gives a changed island a new name and removes the old script", async () => {
    const first = await build();
    await Deno.writeTextFile(
      `${root}/islands/A.tsx`,
      "export default () => <p>two</p>;\n",
    );
    const second = await build();
    const island = (names: string[]) => names.filter((name) => name.endsWith("/A.js"));
    assert.equal(island(second.names).length, 1);
    assert.notDeepEqual(island(first.names), island(second.names));
  });

  it("bundles an island that was added, and builds again when scripts are missing", async () => {
    await build();
    await Deno.writeTextFile(
      `${root}/islands/B.tsx`,
      "export default () => <p>b</p>;\n",
    );
    const { names } = await build();
    assert.ok(names.some((name) => name.endsWith("/B.js")));
    await Deno.remove(scripts(), { recursive: true });
    assert.deepEqual((await build()).names, names);
  });

  it("serves several static folders, the first one first, and leaves out tests", async () => {
    const write = async (path: string, text: string) => {
      await Deno.mkdir(`${root}/${path.split("/")[0]}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    };
    await write("one/a.txt", "first");
    await write("two/a.txt", "second");
    await write("two/b.txt", "other");
    await write("routes/x_test.ts", "throw new Error('a test was loaded');\n");
    const builder = new Builder({ root, staticDir: ["one", "two"] });
    const app = new App().use(staticFiles()).fsRoutes();
    (await builder.build({ snapshot: "memory" }))(app);
    const text = async (path: string) =>
      await (await app.handler()(new Request(`http://localhost${path}`))).text();
    assert.equal(await text("/a.txt"), "first");
    assert.equal(await text("/b.txt"), "other");
  });

  /** What the app of a build answers, by path. */
  async function served(
    builder: Builder,
    snapshot: "memory" | "disk",
  ): Promise<(path: string) => Promise<string>> {
    const app = new App().use(staticFiles()).fsRoutes();
    let handler: (request: Request) => Promise<Response>;
    if (snapshot === "memory") {
      (await builder.build({ snapshot }))(app);
      handler = app.handler();
    } else {
      await Deno.writeTextFile(
        `${root}/main.ts`,
        'import { App, staticFiles } from "fresh";\nexport const app = new App().use(staticFiles());\n',
      );
      await builder.build();
      handler = (await import(`file://${root}/_fresh/server.js`)).default.fetch;
    }
    return async (path) => await (await handler(new Request(`http://localhost${path}`))).text();
  }

  for (const snapshot of ["memory", "disk"] as const) {
    it(`changes static files as it is told, in a build kept ${snapshot === "disk" ? "on" : "in"} ${snapshot}`, async () => {
      await Deno.mkdir(`${root}/static/vendor`, { recursive: true });
      await Deno.writeTextFile(`${root}/static/a.css`, "a{}");
      await Deno.writeTextFile(`${root}/static/vendor/b.css`, "b{}");
      await Deno.writeTextFile(`${root}/static/c.txt`, "c");
      const builder = new Builder({ root, target: "safari15" });
      const told: unknown[] = [];
      builder.onTransformStaticFile(
        { pluginName: "one", filter: /\.css$/g, exclude: ["**/vendor/*"] },
        ({ path, text, content, mode, target, root: project }) => {
          told.push([path, text, content.length, mode, target, project]);
          return { content: `${text}/*one*/` };
        },
      );
      builder.onTransformStaticFile({ pluginName: "two", filter: /\.css$/ }, ({ path, text }) => [
        { path, content: new TextEncoder().encode(`${text}/*two*/`) },
        { path: path.replace(/\.css$/, ".min.css.txt"), content: "small" },
      ]);
      const ask = await served(builder, snapshot);
      assert.equal(await ask("/a.css"), "a{}/*one*//*two*/");
      assert.equal(await ask("/vendor/b.css"), "b{}/*two*/");
      assert.equal(await ask("/a.min.css.txt"), "small");
      assert.equal(await ask("/c.txt"), "c");
      assert.deepEqual(told, [
        [`${root}/static/a.css`, "a{}", 3, "production", "safari15", root],
      ]);
    });
  }

  it("keeps processed files inside of their folder", async () => {
    await Deno.mkdir(`${root}/static`);
    await Deno.writeTextFile(`${root}/static/a.css`, "a{}");
    const builder = new Builder({ root });
    builder.onTransformStaticFile({ pluginName: "out", filter: /\.css$/ }, () => ({
      content: "",
      path: `${root}/outside.css`,
    }));
    await assert.rejects(builder.build(), /inside .*\/static for a processed file/);
    await assert.rejects(Deno.stat(`${root}/_fresh/outside.css`), Deno.errors.NotFound);
  });

  it("says what it was told, with what was not said filled in", () => {
    const { config } = new Builder({ root, staticDir: ["one", "./two"], routeDir: "pages" });
    assert.deepEqual(config.staticDir, [`${root}/one`, `${root}/two`]);
    assert.equal(config.routeDir, `${root}/pages`);
    assert.equal(config.islandDir, `${root}/islands`);
    assert.equal(config.outDir, `${root}/_fresh`);
    assert.equal(config.serverEntry, `${root}/main.ts`);
    assert.equal(config.mode, "production");
  });

  it("names the file and the line of a mistake in an island", async () => {
    await Deno.writeTextFile(
      `${root}/islands/A.tsx`,
      "export default () => <p>;\n",
    );
    await assert.rejects(new Builder({ root }).build(), /islands\/A\.tsx:\d/);
  });

  it("holds one copy of Preact", async () => {
    await Deno.writeTextFile(
      `${root}/islands/B.tsx`,
      'import { useState } from "preact/hooks";\n' +
        'import { useSignal } from "@preact/signals";\n' +
        "export default () => <p>{useState(1)[0]}{useSignal(2)}</p>;\n",
    );
    const { names } = await build();
    const texts = names.map((name) => Deno.readTextFileSync(`${scripts()}/${name}`));
    assert.equal(
      texts.filter((text) => text.includes("http://www.w3.org/2000/svg"))
        .length,
      1,
    );
  });
});

describe("route files", () => {
  it("map to patterns", () => {
    assert.equal(pathToPattern("index.tsx"), "/");
    assert.equal(pathToPattern("a/(group)/[id]/index.ts"), "/a/:id");
    assert.equal(
      pathToPattern("docs/[[version]]/x.tsx"),
      "/docs{/:version}?/x",
    );
    assert.equal(pathToPattern("old/[...path].ts"), "/old/:path*");
    assert.equal(pathToPattern("files/[file].ts"), "/files/:file");
  });

  it("are ordered from particular to general", () => {
    const files = [
      "[...all].ts",
      "[id].ts",
      "[id]/edit.ts",
      "(group)/[...rest].ts",
      "about.ts",
      "[[lang]]/x.ts",
    ];
    assert.deepEqual(files.toSorted(compareRoutes), [
      "about.ts",
      "[id].ts",
      "[id]/edit.ts",
      "[[lang]]/x.ts",
      "[...all].ts",
      "(group)/[...rest].ts",
    ]);
  });

  it("match like URLPattern whatever the matcher", () => {
    const patterns = [
      "/a/:id",
      "/a/:id/b",
      "/w/*",
      "/r/:rest*",
      "/o{/:v}?/x",
      "/s/:a.:b",
      "/é",
    ];
    const paths = [
      "/a/1",
      "/a/1/b",
      "/a/",
      "/w/",
      "/w/x/y",
      "/w",
      "/r",
      "/r/x/y",
      "/o/x",
      "/o/1/x",
    ];
    for (const source of patterns) {
      const router = new Router<string>();
      router.entry(source, () => source);
      const pattern = new URLPattern({ pathname: source });
      for (const pathname of [...paths, "/s/a.b"]) {
        assert.equal(
          router.match(pathname) !== null,
          pattern.test({ pathname }),
          source + pathname,
        );
      }
    }
  });
});
