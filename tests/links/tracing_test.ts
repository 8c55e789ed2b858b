// Spans as a collector gets them: Deno exports what the fixture's process does.

import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status?: { code?: number };
}

describe("spans", () => {
  const spans: Span[] = [];
  let pages: string;

  beforeAll(async () => {
    const outDir = await Deno.makeTempDir();
    const collector = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const { resourceSpans = [] } = await request.json();
        // deno-lint-ignore no-explicit-any -- the wire format of OTLP
        for (const { scopeSpans } of resourceSpans as any[]) {
          for (const scope of scopeSpans) spans.push(...scope.spans);
        }
        return Response.json({});
      },
    );
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${import.meta.dirname}/fixture/serve.ts`, outDir],
      env: {
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
      },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    pages = new TextDecoder().decode(stdout);
    // What a process has left is sent when it ends; the collector has it before it stops.
    await collector.shutdown();
    await Deno.remove(outDir, { recursive: true });
  });
  afterAll(() => spans.splice(0));

  const named = (name: string) => spans.filter((span) => span.name === name);
  const valueOf = ({ attributes }: Span, key: string) =>
    Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

  it("name a request by its route", () => {
    const [request] = named("GET /models/:id");
    assert.equal(valueOf(request, "http.route"), "/models/:id");
    assert.equal(named("GET /models/:id").length, 2);
  });

  it("lie in each other: request, middlewares, handler, render", () => {
    const [request] = named("GET /models/:id");
    const ofRequest = spans.filter(({ traceId }) => traceId === request.traceId);
    const parentOf = (name: string) => {
      const span = ofRequest.find((one) => one.name === name)!;
      return ofRequest.find(({ spanId }) => spanId === span.parentSpanId)?.name;
    };
    assert.equal(parentOf("middlewares"), request.name);
    assert.equal(parentOf("handler"), "middlewares");
    assert.equal(parentOf("render"), "middlewares");
  });

  it("tell how a static file was answered, and what was thrown", () => {
    assert.equal(valueOf(named("static file")[0], "fresh.cache"), "no_cache");
    assert.ok(named("handler").some(({ status }) => status?.code === 2));
  });

  it("are named in the page, so that scripts can go on with them", () => {
    const [, traceId] = /<meta name="traceparent" content="00-(\w{32})-\w{16}-01"/.exec(pages)!;
    assert.equal(traceId, named("GET /models/:id")[0].traceId);
  });
});
