import assert from "node:assert/strict";
import { App, cors, csp, HttpError, staticFiles, trailingSlashes } from "fresh";
import { h } from "preact";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { type Ask, buildFixture } from "./fixture/build.ts";

let outDir: string;
let ask: Ask;

beforeAll(async () => {
  outDir = await Deno.makeTempDir();
  ask = await buildFixture(outDir);
});
afterAll(() => Deno.remove(outDir, { recursive: true }));

/** What the body holds, without the document around it. */
async function body(path: string, init?: RequestInit): Promise<string> {
  return bodyOf(await (await ask(path, init)).text());
}

function bodyOf(html: string): string {
  return /<body>(.*)<\/body>/s.exec(html)?.[1] ?? html;
}

async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { error } = console;
  console.error = () => {};
  try {
    return await run();
  } finally {
    console.error = error;
  }
}

describe("file routes", () => {
  it("prefer a literal path to a parameter", async () => {
    assert.match(await body("/models/new"), /a literal path/);
    assert.match(await body("/models/7"), /<h1>7<\/h1>/);
  });

  it("decode parameters once", async () => {
    assert.match(await body("/models/a%20%2525"), /<h1>a %25<\/h1>/);
  });

  it("give the rest of the path to a wildcard, and every method to a function", async () => {
    const res = await ask("/files/a/b", { method: "DELETE" });
    assert.deepEqual(await res.json(), { path: "a/b", method: "DELETE" });
    assert.deepEqual(await (await ask("/files")).json(), {
      path: "",
      method: "GET",
    });
  });

  it("leave the name of a group out of the path", async () => {
    assert.equal((await ask("/about")).status, 200);
    assert.equal((await ask("/(info)/about")).status, 404);
  });

  it("nest layouts from the outside in, and drop the outer ones when told to", async () => {
    assert.equal(
      await body("/models/7"),
      "<main><section><h1>7</h1></section></main>",
    );
    assert.equal(await body("/about"), "<article><h1>awaited</h1></article>");
  });

  it("run middlewares from the app inwards, in the order of a list", async () => {
    const res = await ask("/models/7");
    assert.equal(res.headers.get("x-trail"), "app root models-1 models-2");
  });

  it("send the headers a handler gives with its data", async () => {
    assert.equal((await ask("/models/7")).headers.get("x-model"), "yes");
  });

  it("let a handler set what the app wrapper shows", async () => {
    assert.match(
      await (await ask("/models/7")).text(),
      /<title>Model 7<\/title>/,
    );
  });
});

describe("methods", () => {
  it("answer HEAD like GET without a body", async () => {
    const res = await ask("/models/7", { method: "HEAD" });
    assert.equal(res.status, 200);
    assert.equal(res.headers.get("x-model"), "yes");
    assert.equal(res.body, null);
  });

  it("answer OPTIONS with what the path allows", async () => {
    const res = await ask("/models/7", { method: "OPTIONS" });
    assert.equal(res.status, 204);
    assert.equal(res.headers.get("allow"), "GET, POST, HEAD, OPTIONS");
  });

  it("refuse other methods with 405, Allow and the error page", async () => {
    const res = await ask("/models/7", { method: "DELETE" });
    assert.equal(res.status, 405);
    assert.equal(res.headers.get("allow"), "GET, POST, HEAD, OPTIONS");
    assert.match(await res.text(), /405: /);
    assert.equal((await ask("/guarded")).status, 405);
  });

  it("redirect with the status asked for", async () => {
    const res = await ask("/models/7", { method: "POST" });
    assert.equal(res.status, 303);
    assert.equal(res.headers.get("location"), "/models/7");
  });
});

describe("errors", () => {
  it("show the page of a path nobody has, inside the root layout", async () => {
    const res = await ask("/nope");
    assert.equal(res.status, 404);
    assert.match(
      await res.text(),
      /<main><p class="missing">nothing at \/nope<\/p><\/main>/,
    );
  });

  it("use the same page for a 404 a handler throws", async () => {
    assert.equal((await ask("/models/none")).status, 404);
    assert.match(await body("/models/none"), /class="missing"/);
  });

  it("answer with the status of the error, its message escaped", async () => {
    const res = await ask("/models/teapot");
    assert.equal(res.status, 418);
    assert.match(await res.text(), /418: short &lt;b>and&lt;\/b> stout/);
  });

  it("answer 500 for a bug and keep its message to the log", async () => {
    const res = await quietly(() => ask("/models/bug"));
    assert.equal(res.status, 500);
    assert.doesNotMatch(await res.text(), /secret detail/);
  });

  it("take the nearest error page", async () => {
    const res = await ask("/guarded", { method: "PUT" });
    assert.equal(res.status, 409);
    assert.match(await res.text(), /nearer/);
  });

  it("answer at the root outside of the middlewares there, and below inside of outer ones", async () => {
    assert.equal((await ask("/models/teapot")).headers.get("x-trail"), null);
    assert.equal((await ask("/nope")).headers.get("x-trail"), null);
    const nearer = await ask("/guarded", { method: "PUT" });
    assert.equal(nearer.headers.get("x-trail"), "app root");
  });
});

describe("the document head", () => {
  it("holds each thing once, the last one in the place of the first", async () => {
    const html = await (await ask("/")).text();
    const head = /<head>(.*)<\/head>/.exec(html)![1];
    assert.equal(
      head,
      '<meta charset="utf-8"/><title>Last &lt;wins></title>' +
        '<meta name="description" content="the page\'s"/>' +
        '<link rel="icon" href="data:,"/><link rel="stylesheet" href="/styles.css"/><link rel="alternate" href="/two.xml" data-key="feed"/>',
    );
  });

  it("is the only place of what <Head> holds", async () => {
    assert.doesNotMatch(await body("/"), /<title>|one\.xml|two\.xml/);
  });
});

describe("csp", () => {
  it("puts the nonce of the header on inline styles and scripts, a new one per page", async () => {
    const res = await ask("/");
    const nonce = /'nonce-(\w+)'/.exec(res.headers.get("content-security-policy")!)![1];
    assert.ok((await res.text()).includes(`<style nonce="${nonce}">`));
    const again = (await ask("/")).headers.get("content-security-policy")!;
    assert.ok(!again.includes(nonce));
  });

  it("replaces defaults by name and can only report", async () => {
    const handler = new App()
      .use(csp({ reportOnly: true, reportTo: "/csp", csp: ["img-src *"] }))
      .get("/", (ctx) => ctx.text("hello"))
      .handler();
    const res = await handler(new Request("http://localhost/"));
    const policy = res.headers.get("content-security-policy-report-only")!;
    assert.ok(
      policy.includes("img-src *") && !policy.includes("img-src 'self'"),
    );
    assert.match(policy, /report-uri \/csp/);
  });
});

describe("static files", () => {
  it("carry a type and a tag, and answer 304 to who has them", async () => {
    const res = await ask("/styles.css");
    assert.equal(res.headers.get("content-type"), "text/css;charset=utf-8");
    assert.match(res.headers.get("cache-control")!, /no-cache/);
    assert.match(await res.text(), /body/);
    const headers = { "if-none-match": res.headers.get("etag")! };
    assert.equal((await ask("/styles.css", { headers })).status, 304);
  });

  it("give built scripts a year, and gzip to who takes it", async () => {
    const page = await ask("/counters");
    await page.body?.cancel();
    const encodings = [];
    for (const [, src] of page.headers.get("link")!.matchAll(/<([^>]+)>/g)) {
      const res = await ask(src, { headers: { "accept-encoding": "gzip" } });
      assert.equal(res.headers.get("cache-control"), "public, max-age=31536000, immutable", src);
      encodings.push(res.headers.get("content-encoding"));
      await res.body?.cancel();
    }
    assert.ok(encodings.includes("gzip"));
  });

  it("never leave their folder", async () => {
    for (
      const path of [
        "/..%2fmain.ts",
        "/%2e%2e/main.ts",
        "/%00",
        "/%zz",
        "//etc/passwd",
      ]
    ) {
      assert.equal((await ask(path)).status, 404, path);
    }
  });
});

describe("an app without files", () => {
  const request = (path: string, init?: RequestInit) =>
    new Request(`http://localhost${path}`, init);

  it("applies a middleware only to what is registered after it", async () => {
    const handler = new App<{ seen?: boolean }>()
      .get("/before", (ctx) => ctx.json(ctx.state))
      .use((ctx) => {
        ctx.state.seen = true;
        return ctx.next();
      })
      .get("/after", (ctx) => ctx.json(ctx.state))
      .handler();
    assert.deepEqual(await (await handler(request("/before"))).json(), {});
    assert.deepEqual(await (await handler(request("/after"))).json(), {
      seen: true,
    });
  });

  it("applies a middleware with a path only below it", async () => {
    const handler = new App()
      .use("/api", () => new Response("refused", { status: 403 }))
      .get("/api/x", (ctx) => ctx.text("x"))
      .get("/apix", (ctx) => ctx.text("apix"))
      .handler();
    assert.equal((await handler(request("/api/x"))).status, 403);
    assert.equal((await handler(request("/apix"))).status, 200);
  });

  it("answers errors by the nearest onError, and its own failures by the outermost", async () => {
    const handler = new App()
      .onError(
        "*",
        (ctx) => ctx.text(`outer ${(ctx.error as Error).message}`, { status: 500 }),
      )
      .onError("/deep", () => {
        throw new HttpError(400, "page failed");
      })
      .get("/deep/x", () => {
        throw new HttpError(400, "first");
      })
      .handler();
    const res = await handler(request("/deep/x"));
    assert.equal(await res.text(), "outer page failed");
  });

  it("says nothing about a bug when there is no error page", async () => {
    const handler = new App().get("/", () => {
      throw new Error("secret");
    }).handler();
    const res = await quietly(() => handler(request("/")));
    assert.equal(res.status, 500);
    assert.equal(await res.text(), "Internal server error");
  });

  it("serves below a base path and mounts other apps", async () => {
    const inner = new App().get("/x", (ctx) => ctx.text("inner"));
    const handler = new App({ basePath: "/base" }).mountApp("/in", inner)
      .handler();
    assert.equal(await (await handler(request("/base/in/x"))).text(), "inner");
    assert.equal((await handler(request("/in/x"))).status, 404);
  });

  it("keeps redirects to // on its own host", async () => {
    const handler = new App().get("/", (ctx) => ctx.redirect("//evil.example"))
      .handler();
    assert.equal(
      (await handler(request("/"))).headers.get("location"),
      "/evil.example",
    );
  });

  it("renders inside app.layout and app.appWrapper", async () => {
    const handler = new App()
      .appWrapper(({ Component }) => h(Component, null))
      .layout("/a", ({ Component }) => ["[", h(Component, null), "]"])
      .get("/a/b", (ctx) => ctx.render("in"))
      .get("/c", (ctx) => ctx.render("out"))
      .handler();
    assert.equal(await (await handler(request("/a/b"))).text().then(bodyOf), "[in]");
    assert.equal(await (await handler(request("/c"))).text().then(bodyOf), "out");
  });

  it("answers preflight requests of allowed origins", async () => {
    const handler = new App()
      .use(
        staticFiles(),
        cors({ origin: "https://a.example" }),
        trailingSlashes("never"),
      )
      .get("/x", (ctx) => ctx.text("x"))
      .handler();
    const headers = {
      origin: "https://a.example",
      "access-control-request-method": "GET",
    };
    const res = await handler(request("/x", { method: "OPTIONS", headers }));
    assert.equal(res.status, 204);
    assert.equal(
      res.headers.get("access-control-allow-origin"),
      "https://a.example",
    );
    assert.equal((await handler(request("/x/"))).headers.get("location"), "/x");
  });
});
