import assert from "node:assert/strict";
import { Fragment, h } from "preact";
import { App, type Context, csp, csrf, type FreshConfig, HttpError, ipFilter, page } from "fresh";
import { Partial } from "fresh/runtime";
import { describe, it } from "@std/testing/bdd";
import { setBuildCache } from "../../links/fresh/src/build_cache.ts";
import { matchLink } from "../../links/fresh/src/shared.ts";

// deno-lint-ignore no-explicit-any -- each test has a state of its own
type AnyApp = App<any>;

/** Asks `app` once; `path` may be a whole address. */
function ask(app: AnyApp, path: string, init?: RequestInit): Promise<Response> {
  return app.handler()(new Request(new URL(path, "http://localhost"), init));
}

async function text(app: AnyApp, path: string, init?: RequestInit): Promise<string> {
  return await (await ask(app, path, init)).text();
}

/** An app with the routes of these modules, by their path below routes/. */
function withRoutes(modules: Record<string, Record<string, unknown>>, app: AnyApp = new App()) {
  const routes = Object.entries(modules).map(([path, module]) => ({ path, module }));
  setBuildCache(app, {
    ...{ id: "test", root: "/", mode: "production", islands: new Map(), clientEntry: null },
    ...{ preloads: {}, routes, readStatic: () => Promise.resolve(null) },
  });
  return app.fsRoutes();
}

describe("an app", () => {
  it("imports lazy middlewares, handlers and routes once", async () => {
    let imports = 0;
    const app = new App<{ seen: string }>()
      .use(() => {
        imports++;
        return Promise.resolve((ctx: Context<{ seen: string }>) => {
          ctx.state.seen = "lazily";
          return ctx.next();
        });
      })
      .get(
        "/a",
        () => Promise.resolve((ctx: Context<{ seen: string }>) => ctx.text(ctx.state.seen)),
      )
      .route("/b", () => Promise.resolve({ component: () => h("p", null, "page") }));
    const handler = app.handler();
    const request = () => handler(new Request("http://localhost/a"));
    assert.equal(await (await request()).text(), "lazily");
    await (await request()).body?.cancel();
    assert.equal(imports, 1);
    assert.match(await text(app, "/b"), /<p>page<\/p>/);
  });

  it("puts the path and the base path of a mounted app before its routes", async () => {
    const inner = new App({ basePath: "/v1" }).get("/x", (ctx) => ctx.text(ctx.route!));
    const app = new App({ basePath: "/base" }).mountApp("/api", inner);
    assert.equal(await text(app, "/base/api/v1/x"), "/base/api/v1/x");
    assert.equal((await ask(app, "/base/api/x")).status, 404);
  });

  it("runs the middlewares of a mounted app for its routes only", async () => {
    const inner = new App().use(() => new Response("inner")).get("/x", (ctx) => ctx.text("x"));
    const app = new App().mountApp("/in", inner).get("/out", (ctx) => ctx.text("out"));
    assert.equal(await text(app, "/in/x"), "inner");
    assert.equal(await text(app, "/out"), "out");
  });

  it("finds a route with and without the last slash, the exact one first", async () => {
    const app = new App().get("/a", (ctx) => ctx.text("a"))
      .get("/b/", (ctx) => ctx.text("b/")).get("/b", (ctx) => ctx.text("b"));
    assert.equal(await text(app, "/a/"), "a");
    assert.equal(await text(app, "/b/"), "b/");
    assert.equal(await text(app, "/b"), "b");
  });

  it("puts error pages outside of the middlewares of their segment", async () => {
    const trail: string[] = [];
    const app = new App()
      .onError("/deep", {
        component: ({ error }) => h("p", null, (error as Error).message),
      })
      .use("/deep", async (ctx) => {
        try {
          return await ctx.next();
        } catch (error) {
          trail.push((error as Error).message);
          assert.equal(ctx.error, error);
          throw error;
        }
      })
      .get("/deep/x", () => {
        throw new HttpError(418, "short");
      });
    const res = await ask(app, "/deep/x");
    assert.equal(res.status, 418);
    assert.match(await res.text(), /<p>short<\/p>/);
    assert.deepEqual(trail, ["short"]);
  });

  it("answers 404 with a page as with a function", async () => {
    const app = new App().notFound({ component: () => h("p", null, "gone") });
    const res = await ask(app, "/nope");
    assert.equal(res.status, 404);
    assert.match(await res.text(), /<p>gone<\/p>/);
  });

  it("refuses a middleware that answers nothing", async () => {
    const app = new App().onError("*", (ctx) => ctx.text((ctx.error as Error).message))
      .get("/", (() => {}) as never);
    assert.match(await text(app, "/"), /Expected a middleware to return a Response/);
  });

  it("believes a proxy only when told to", async () => {
    const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "a.example" };
    const origin = (config: FreshConfig) =>
      text(new App(config).get("/", (ctx) => ctx.text(ctx.url.origin)), "/", { headers });
    assert.equal(await origin({ trustProxy: true }), "https://a.example");
    assert.equal(await origin({}), "http://localhost");
  });
});

describe("a context", () => {
  it("streams what an iterable gives", async () => {
    const app = new App().get("/", (ctx) =>
      ctx.stream(async function* () {
        yield "a";
        yield await Promise.resolve(new TextEncoder().encode("b"));
      }));
    assert.equal(await text(app, "/"), "ab");
  });

  it("keeps a redirect of client navigation one of client navigation", async () => {
    const app = new App().get("/", (ctx) => ctx.redirect("/new?a=1#b"));
    const to = async (path: string) => (await ask(app, path)).headers.get("location");
    assert.equal(await to("/"), "/new?a=1#b");
    assert.equal(await to("/?fresh-partial=true"), "/new?a=1&fresh-partial=true#b");
  });

  it("renders nothing but JSX", async () => {
    const app = new App().onError("*", (ctx) => ctx.text((ctx.error as Error).message))
      .get("/", (ctx) => ctx.render({} as never));
    assert.match(await text(app, "/"), /Expected JSX or null/);
  });

  it("upgrades to a WebSocket, and refuses what is none", async () => {
    const app = new App().ws("/ws", {
      message: (socket, { data }) => socket.send(`${data}, too`),
    });
    assert.equal((await ask(app, "/ws")).status, 400);
    await using server = Deno.serve({ port: 0, onListen: () => {} }, app.handler());
    const socket = new WebSocket(`ws://localhost:${server.addr.port}/ws`);
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => resolve(data);
    assert.equal(await promise, "hello, too");
    const closed = new Promise((done) => socket.onclose = done);
    socket.close();
    await closed;
  });
});

describe("route files", () => {
  it("may stand for an optional segment, several parameters, or an address of their own", async () => {
    const app = withRoutes({
      "docs/[[version]]/index.ts": { handler: ({ params }: never) => json(params) },
      "pkg/[name]@[tag].ts": { handler: ({ params }: never) => json(params) },
      "own.ts": {
        config: { routeOverride: "/other/:id" },
        handler: ({ params }: never) => json(params),
      },
    });
    assert.equal(await text(app, "/docs"), '{"version":""}');
    assert.equal(await text(app, "/docs/2"), '{"version":"2"}');
    assert.equal(await text(app, "/pkg/a@1"), '{"name":"a","tag":"1"}');
    assert.equal(await text(app, "/other/7"), '{"id":"7"}');
    assert.equal((await ask(app, "/own")).status, 404);
  });

  it("share an address when they answer different methods", async () => {
    const app = withRoutes({
      "(a)/x.ts": { handlers: { GET: () => new Response("get") } },
      "(b)/x.ts": { handlers: { POST: () => new Response("post") } },
    });
    assert.equal(await text(app, "/x"), "get");
    assert.equal(await text(app, "/x", { method: "POST" }), "post");
  });

  it("answer an error by _500 like by _error", async () => {
    const app = withRoutes({
      "_500.tsx": { default: () => h("p", null, "sorry") },
      "x.ts": { handler: () => Promise.reject(new HttpError(503)) },
    });
    const res = await ask(app, "/x");
    assert.equal(res.status, 503);
    assert.match(await res.text(), /sorry/);
  });

  it("show a page with the data, the status and the headers of its handler", async () => {
    const app = withRoutes({
      "x.tsx": {
        handler: () => page("data", { status: 201, headers: { "x-a": "b" } }),
        default: ({ data }: { data: string }) => h("p", null, data),
      },
    });
    const res = await ask(app, "/x");
    assert.equal(res.status, 201);
    assert.equal(res.headers.get("x-a"), "b");
    assert.match(await res.text(), /<body><p>data<\/p><\/body>/);
  });

  it("say what they lack", () => {
    assert.throws(() => withRoutes({ "x.ts": {} }).handler(), /relevant exports in: routes\/x\.ts/);
    assert.throws(
      () => withRoutes({ "a-[[b]].ts": { handler: () => new Response() } }).handler(),
      /optional parameter is a whole segment/,
    );
  });
});

function json(value: unknown): Response {
  return Response.json(value);
}

describe("csrf", () => {
  const app = new App().use(csrf()).all("/", (ctx) => ctx.text("done"));
  const status = async (method: string, headers: Record<string, string>, of = app) =>
    (await ask(of, "/", { method, headers })).status;

  it("refuses what other sites send", async () => {
    assert.equal(await status("POST", { "sec-fetch-site": "cross-site" }), 403);
    assert.equal(await status("POST", { "sec-fetch-site": "same-site" }), 403);
    assert.equal(await status("DELETE", { origin: "https://b.example" }), 403);
  });

  it("lets reading, its own pages and programs through", async () => {
    assert.equal(await status("GET", { "sec-fetch-site": "cross-site" }), 200);
    assert.equal(await status("POST", { "sec-fetch-site": "same-origin" }), 200);
    assert.equal(await status("POST", { origin: "http://localhost" }), 200);
    assert.equal(await status("POST", {}), 200);
  });

  it("trusts the origins it is given", async () => {
    const trusting = new App().use(csrf({ origin: (origin) => origin.endsWith(".example") }))
      .all("/", (ctx) => ctx.text("done"));
    const headers = { "sec-fetch-site": "cross-site", origin: "https://b.example" };
    assert.equal(await status("POST", headers, trusting), 200);
  });
});

describe("ipFilter", () => {
  async function statusFrom(hostname: string, app: AnyApp): Promise<number> {
    const info = { remoteAddr: { transport: "tcp", hostname, port: 1 } } as Deno.ServeHandlerInfo;
    return (await app.handler()(new Request("http://localhost/"), info)).status;
  }

  it("denies before it allows, by address and by network", async () => {
    const rules = { denyList: ["10.0.0.1", "2001:db8::/32"], allowList: ["10.0.0.0/8"] };
    const app = new App().use(ipFilter(rules)).get("/", (ctx) => ctx.text("in"));
    assert.equal(await statusFrom("10.1.2.3", app), 200);
    assert.equal(await statusFrom("10.0.0.1", app), 403);
    assert.equal(await statusFrom("2001:db8::1", app), 403);
    assert.equal(await statusFrom("192.168.0.1", app), 403);
  });
});

describe("csp with nonces", () => {
  it("gives a nonce to what was rendered only", async () => {
    const app = new App().use(csp({ useNonce: true }))
      .get("/page", (ctx) => ctx.render(h("style", null, "p {}")))
      .get("/text", (ctx) => ctx.text("plain"));
    const rendered = await ask(app, "/page");
    const policy = rendered.headers.get("content-security-policy")!;
    const nonce = /style-src 'self' 'nonce-(\w+)'/.exec(policy)![1];
    assert.ok((await rendered.text()).includes(`<style nonce="${nonce}">`));
    assert.ok(!policy.includes("unsafe-inline"));
    assert.match(
      (await ask(app, "/text")).headers.get("content-security-policy")!,
      /unsafe-inline/,
    );
  });
});

describe("links", () => {
  it("say whether they are the page, or above it", () => {
    const at = (address: string, href: string) => matchLink(new URL(address, "http://a"), href);
    assert.equal(at("/docs/a", "/docs/a"), "current");
    assert.equal(at("/docs/a", "/docs"), "ancestor");
    assert.equal(at("/docs/a", "/"), "ancestor");
    assert.equal(at("/docs", "/docsy"), null);
    assert.equal(at("/docs?a=1", "/docs"), "current");
    assert.equal(at("/docs?a=1", "/docs?a=2"), "ancestor");
    assert.equal(at("/docs", "#part"), null);
  });

  it("keep what their author says", async () => {
    const links = [{ href: "/" }, { href: "/", "aria-current": "false" as const }];
    const app = new App().get(
      "/",
      (ctx) => ctx.render(h(Fragment, null, links.map((a) => h("a", a)))),
    );
    assert.match(
      await text(app, "/"),
      /<a href="\/" data-current="true" aria-current="page"><\/a><a href="\/" aria-current="false"><\/a>/,
    );
  });
});

describe("partials on the server", () => {
  const show = (...names: string[]) =>
    new App().onError("*", (ctx) => ctx.text((ctx.error as Error).message))
      .get("/", (ctx) =>
        ctx.render(h(
          "div",
          { "f-client-nav": false } as never,
          names.map((name) => h(Partial, { name }, h("p", { key: "k" }, name))),
        )));

  it("are marked, and keep the keys inside of them", async () => {
    assert.match(
      await text(show("a b"), "/"),
      /<div f-client-nav="false"><!--partial:a%20b:replace:--><p data-fresh-key="k">a b<\/p><!--\/partial-->/,
    );
  });

  it("stand once", async () => {
    assert.match(await text(show("a", "a"), "/"), /found "a" a second time/);
  });
});
