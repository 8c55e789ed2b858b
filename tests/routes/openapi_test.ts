import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { z } from "zod";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import { API_DOCUMENT } from "../../lib/http/api_document.ts";
import type { Operation } from "../../lib/http/api_operation.ts";
import { OPERATIONS } from "../../lib/http/api_operations.ts";
import { errorSchema } from "../../lib/http/api_schemas.ts";
import { addEntry } from "../support/entries.ts";
import { sourceFiles } from "../support/source_files.ts";
import { LAB_RUN } from "../support/lab_judge_seed.ts";
import { LAB_RATERS, LAB_SET } from "../support/lab_seed.ts";
import { TICKET_ID, UPLOAD_ID } from "./seed.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const MODELS = [
  ...["sortsix", "stories", "import", "cheat", "oracle", "evil", "parrot", "broken"],
  ...["gone", "lost", "bard"],
];

/** Real addresses of every GET path of the document. */
const ADDRESSES: Record<string, string[]> = {
  "/api/v1/leaderboard/{benchmark}": [
    ...RANKED_BENCHMARKS.map(({ id }) => `/api/v1/leaderboard/${id}`),
    "/api/v1/leaderboard/sort-6?baselines=off&before=end",
    "/api/v1/leaderboard/sort-6?sort=flops&order=desc&q=e&maxParameters=1M&state=exact,pending",
  ],
  "/api/v1/leaderboard/{benchmark}/rank": [
    "/api/v1/leaderboard/sort-6/rank?score=99.5",
    "/api/v1/leaderboard/sort-6/rank?score=99.5&parameters=26368",
    "/api/v1/leaderboard/tinystories-ppl/rank?score=2.7513",
  ],
  "/api/v1/leaderboard/overall": [
    "/api/v1/leaderboard/overall",
    "/api/v1/leaderboard/overall?sort-6=2.5&reverse-16=0&before=end",
  ],
  "/api/v1/compare/{benchmark}": [
    "/api/v1/compare/sort-6?a=sortsix&b=stories",
    "/api/v1/compare/tinystories-ppl?a=bard&b=stories",
    "/api/v1/compare/tinystories-ppl?a=sortsix&b=stories",
  ],
  "/api/v1/twins": ["/api/v1/twins"],
  "/api/v1/search": ["/api/v1/search?q=sort", "/api/v1/search?q=nothing+like+it"],
  "/api/v1/benchmarks": ["/api/v1/benchmarks"],
  "/api/v1/models": ["/api/v1/models", "/api/v1/models?after=oracle"],
  "/api/v1/models/{id}": MODELS.map((id) => `/api/v1/models/${id}`),
  "/api/v1/models/{id}/scores/{benchmark}": [
    "/api/v1/models/stories/scores/sort-6",
    "/api/v1/models/sortsix/scores/tinystories-ppl?version=1",
  ],
  "/api/v1/submissions/{id}": MODELS.map((id) => `/api/v1/submissions/${id}`),
  "/api/v1/submissions/{id}/events": ["/api/v1/submissions/broken/events"],
  "/api/v1/uploads/{id}": [`/api/v1/uploads/${UPLOAD_ID}`],
  "/api/v1/reports": ["/api/v1/reports", "/api/v1/reports?verdict=exact"],
  "/api/v1/reports/{id}": ["/api/v1/reports/report-exact", "/api/v1/reports/report-cheat"],
  "/api/v1/reports/{id}/envelope": ["/api/v1/reports/report-exact/envelope"],
  "/api/v1/keys": ["/api/v1/keys"],
  "/api/v1/audits/{id}": ["/api/v1/audits/audit-one"],
  "/api/v1/models/{id}/confirmations": [
    "/api/v1/models/stories/confirmations",
    "/api/v1/models/bard/confirmations",
  ],
  "/api/v1/models/{id}/segments": ["/api/v1/models/stories/segments"],
  "/api/v1/confirmations/wanted": [
    "/api/v1/confirmations/wanted?engineFamily=v8&isa=x86_64",
    "/api/v1/confirmations/wanted?engineFamily=spidermonkey&isa=unknown&maxFlops=1e16",
  ],
  "/api/v1/tickets": ["/api/v1/tickets", `/api/v1/tickets?account=ada&before=${TICKET_ID}`],
  "/api/v1/tickets/{id}": [`/api/v1/tickets/${TICKET_ID}`],
  "/api/v1/engines": ["/api/v1/engines"],
  "/api/v1/decisions": ["/api/v1/decisions", "/api/v1/decisions?act=hide"],
  "/api/v1/ledger": ["/api/v1/ledger", "/api/v1/ledger?before=3"],
  "/api/v1/corpora": ["/api/v1/corpora"],
  "/api/v1/corpora/{id}": CORPORA.map(({ id }) => `/api/v1/corpora/${id}`),
  "/api/v1/lab/judge-runs/{id}": [`/api/v1/lab/judge-runs/${LAB_RUN}`],
  "/api/v1/lab/prompt-sets": ["/api/v1/lab/prompt-sets"],
  "/api/v1/lab/templates": ["/api/v1/lab/templates"],
  "/api/v1/lab/sets/{id}/tasks": [`/api/v1/lab/sets/${LAB_SET}/tasks?repeats=50`],
  "/api/v1/lab/sets": ["/api/v1/lab/sets"],
  "/api/v1/lab/reviews": [
    "/api/v1/lab/reviews",
    `/api/v1/lab/reviews?set=${LAB_SET}&agree=no&comments=only`,
  ],
  "/api/v1/lab/sets/{id}/analysis": [
    `/api/v1/lab/sets/${LAB_SET}/analysis`,
    `/api/v1/lab/sets/${LAB_SET}/analysis?rater=${LAB_RATERS.judge}`,
  ],
  "/api/v1/lab/sets/{id}": [`/api/v1/lab/sets/${LAB_SET}`],
  "/api/v1/account": ["/api/v1/account"],
  "/api/v1/openapi.json": ["/api/v1/openapi.json"],
};
/** What is a stream, or is about who asks. */
const LIVE = [
  "/api/v1/account",
  "/api/v1/lab/sets/{id}/tasks",
  "/api/v1/submissions/{id}/events",
  "/api/v1/uploads/{id}",
];

/** What needs no key. */
const READ = Object.entries(OPERATIONS).flatMap(([path, { get }]) =>
  get && !get.needs ? [[path, get] as [string, Operation]] : []
);

/** "routes/api/v1/models/[id]/index.ts" → "/api/v1/models/{id}". */
function pathOf(file: string): string {
  return file.replace(/^routes/, "").replace(/\.ts$/, "").replace(/\/index$/, "")
    .replaceAll("[", "{").replaceAll("]", "}");
}

describe("the document of the API", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  /** Fails on a field that is missing, of another kind, or not in the document. */
  const hold = (schema: z.ZodType, body: unknown, address: string) => {
    const parsed = schema.safeParse(body);
    assert.ok(parsed.success, `${address}: ${parsed.error?.message}`);
    assert.deepEqual(parsed.data, body, address);
  };

  it("has every route below routes/api/v1 with its methods, and no other", async () => {
    const found: Record<string, string[]> = {};
    for (const file of sourceFiles("routes/api/v1/")) {
      if (file.endsWith("/_middleware.ts")) continue;
      const { handler } = await import(`../../${file}`);
      found[pathOf(file)] = Object.keys(handler).map((method) => method.toLowerCase()).sort();
    }
    const written = Object.entries(API_DOCUMENT.paths!).map(([path, operations]) => [
      path,
      Object.keys(operations!).sort(),
    ]);
    assert.deepEqual(Object.fromEntries(written), found);
  });

  it("is served as it is made", async () => {
    const body = await (await app.request("/api/v1/openapi.json")).json();
    assert.equal(body.openapi, "3.1.1");
    assert.deepEqual(body, JSON.parse(JSON.stringify(API_DOCUMENT)));
  });

  it("is valid by the specification's own schema", async () => {
    const body = await (await app.request("/api/v1/openapi.json")).json();
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(body));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
    // The judge judges.
    delete body.info.title;
    assert.equal((await new Validator().validate(body)).valid, false);
  });

  it("gives every operation an id of its own, and every field and parameter a kind", () => {
    const ids = Object.values(API_DOCUMENT.paths!).flatMap((operations) =>
      Object.values(operations!).map(({ operationId }) => operationId)
    );
    assert.equal(new Set(ids).size, ids.length);
    for (const [path, operations] of Object.entries(API_DOCUMENT.paths!)) {
      for (const { parameters = [] } of Object.values(operations!)) {
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        assert.deepEqual(
          parameters.filter((each: { in: string }) => each.in === "path")
            .map((each: { name: string }) => each.name),
          inPath,
        );
        for (const { name, description, schema } of parameters) {
          assert.ok(description ?? schema.description, `${path} says what ${name} is`);
          assert.ok(schema.type ?? schema.allOf, `${path} says of what kind ${name} is`);
        }
      }
    }
  });

  it("has an address to try for every GET", () => {
    assert.deepEqual(Object.keys(ADDRESSES).sort(), READ.map(([path]) => path).sort());
  });

  for (const [path, { answer }] of READ) {
    it(`tells the truth about ${path}`, async () => {
      for (const address of ADDRESSES[path]) {
        const response = await app.request(address);
        assert.equal(response.status, 200, address);
        const type = response.headers.get("content-type")!.split(";")[0];
        const text = await response.text();
        hold(answer[type], JSON.parse(text.replace(/^data: /, "")), address);
      }
    });
  }

  for (const [path] of READ.filter(([path]) => !LIVE.includes(path))) {
    it(`answers 304 at ${path} to who has the answer`, async () => {
      const [address] = ADDRESSES[path];
      const first = await app.request(address);
      await first.body?.cancel();
      const etag = first.headers.get("etag");
      assert.ok(etag, address);
      const again = await app.request(address, { headers: { "if-none-match": etag } });
      assert.equal(again.status, 304);
      assert.equal(await again.text(), "");
    });
  }

  for (const [path] of READ.filter(([path]) => !LIVE.includes(path))) {
    it(`says of ${path} by HEAD what GET would say`, async () => {
      // Another address of the same kind where there is one, which nobody has asked for.
      const address = `${ADDRESSES[path].at(-1)}`;
      const head = await app.request(address, { method: "HEAD" });
      const get = await app.request(address);
      const { length } = new Uint8Array(await get.arrayBuffer());
      assert.equal(head.status, 200);
      assert.equal(await head.text(), "");
      assert.equal(head.headers.get("etag"), get.headers.get("etag"));
      assert.equal(head.headers.get("content-type"), get.headers.get("content-type"));
      const told = head.headers.get("content-length");
      if (told !== null) assert.equal(Number(told), length);
    });
  }

  it("takes an ETag among others, weak or strong, and keeps what readers are told", async () => {
    for (const address of ["/api/v1/models/stories", "/api/v1/submissions/stories"]) {
      const first = await app.request(address);
      await first.body?.cancel();
      const etag = first.headers.get("etag")!;
      for (const known of [`"other", ${etag}`, etag.replace(/^W\//, ""), "*"]) {
        const again = await app.request(address, { headers: { "if-none-match": known } });
        assert.equal(again.status, 304, known);
        assert.equal(again.headers.get("access-control-allow-origin"), "*");
        assert.ok(again.headers.has("ratelimit-remaining"));
        assert.equal(again.headers.get("etag"), etag);
      }
      const other = await app.request(address, { headers: { "if-none-match": '"other"' } });
      await other.body?.cancel();
      assert.equal(other.status, 200);
    }
  });

  it("says what an address can do, to who asks that", async () => {
    const asked = await app.request("/api/v1/models/stories", { method: "OPTIONS" });
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get("allow"), "GET, HEAD, OPTIONS");
    const refused = await app.request("/api/v1/models/stories", { method: "DELETE" });
    assert.equal(refused.status, 405);
    assert.equal((await refused.json()).error.status, 405);
  });

  it("leads through a long list to its end", async () => {
    const ids: string[] = [];
    const { db } = app.services;
    for (let i = 0; i < 501; i++) await addEntry(db, { id: `listed-${i}` });
    for (let next: string | null = "/api/v1/models"; next !== null;) {
      const answer: { models: { id: string }[]; next: string | null } =
        await (await app.request(next)).json();
      ids.push(...answer.models.map(({ id }) => id));
      next = answer.next;
    }
    const all = await db.selectFrom("entry").select("id").execute();
    assert.equal(ids.length, all.length);
    assert.deepEqual(new Set(ids), new Set(all.map(({ id }) => id)));
  });

  it("tells the truth about errors", async () => {
    const addresses = ["/api/v1/models/none", "/api/v1/reports?verdict=grand", "/api/v1/nothing"];
    for (const address of addresses) {
      hold(errorSchema, await (await app.request(address)).json(), address);
    }
  });

  it("lets pages of every origin read, and upload nothing", async () => {
    const origin = "https://elsewhere.test";
    const read = await app.request("/api/v1/reports", { headers: { origin } });
    await read.body?.cancel();
    assert.equal(read.headers.get("access-control-allow-origin"), "*");
    assert.equal(read.headers.get("access-control-allow-credentials"), null);
    assert.equal(read.headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.match(read.headers.get("access-control-expose-headers")!, /etag/);
    const asked = await app.request("/api/v1/submissions", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get("access-control-allow-methods"), "GET,HEAD,OPTIONS");
    assert.equal(asked.headers.get("access-control-allow-headers"), "if-none-match");
    const sent = await app.request("/api/v1/submissions", { method: "POST", headers: { origin } });
    await sent.body?.cancel();
    assert.equal(sent.headers.get("access-control-allow-origin"), null);
  });

  it("opens feeds, badges and the files it names too, and no page", async () => {
    const policyOf = async (path: string) => {
      const response = await app.request(path);
      await response.body?.cancel();
      const { headers } = response;
      return [
        headers.get("access-control-allow-origin"),
        headers.get("cross-origin-resource-policy"),
      ];
    };
    assert.deepEqual(await policyOf("/feeds/records.xml"), ["*", "cross-origin"]);
    assert.deepEqual(await policyOf("/models/stories/badge.svg"), ["*", "cross-origin"]);
    const { file } = await (await app.request("/api/v1/models/stories")).json();
    assert.deepEqual(await policyOf(file), ["*", "cross-origin"]);
    assert.deepEqual(await policyOf("/models/stories/recipe.json"), ["*", "cross-origin"]);
    assert.deepEqual(await policyOf("/models/stories"), [null, "same-origin"]);
    assert.deepEqual(await policyOf("/submit"), [null, "same-origin"]);
  });

  it("is a page too: every operation with a call, every schema with its fields", async () => {
    const text = await (await app.request("/api")).text();
    for (const [path, operations] of Object.entries(API_DOCUMENT.paths!)) {
      for (const [method, { operationId }] of Object.entries(operations!)) {
        assert.ok(text.includes(`id="${operationId}"`), operationId);
        assert.ok(text.includes(`${method.toUpperCase()} ${path}</code>`), path);
      }
    }
    const ids = new Set(text.matchAll(/ id="(\w+)"/g).map(([, id]) => id));
    const linked = [...text.matchAll(/href="#(\w+)"/g)].map(([, id]) => id);
    assert.ok(linked.length > 20);
    assert.deepEqual(linked.filter((id) => !ids.has(id)), []);
    assert.match(text, /<code>rows<\/code>/);
  });

  it("shows calls that have an answer", async () => {
    const text = await (await app.request("/api")).text();
    const calls = [
      ...text.matchAll(
        /curl (?:&quot;|")http:\/\/board\.test([^"&]*(?:&amp;[^"&]*)*)(?:&quot;|")/g,
      ),
    ]
      .map(([, path]) => path.replaceAll("&amp;", "&"));
    assert.equal(calls.length, READ.length);
    for (const path of calls) {
      const response = await app.request(path);
      await response.body?.cancel();
      assert.equal(response.status, 200, path);
    }
  });
});
