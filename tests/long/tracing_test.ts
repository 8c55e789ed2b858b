// The real server with Deno's OpenTelemetry, and a receiver of its spans on this machine.

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startServer } from "../support/server.ts";

const MODEL = new URL("../fixtures/old-shakespeare.fp16.tinygpt", import.meta.url);

interface Received {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Record<string, unknown>;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

/** Listens for OTLP as JSON; `until` waits for a span. */
function receiver() {
  const spans: Received[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { resourceSpans = [] } = await request.json();
    for (const { scopeSpans } of resourceSpans) {
      for (const { spans: sent } of scopeSpans) spans.push(...sent.map(readable));
    }
    arrived.resolve();
    arrived = Promise.withResolvers<void>();
    return Response.json({});
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    async until(wanted: (span: Received) => boolean): Promise<Received> {
      for (;;) {
        const next = arrived.promise;
        const found = spans.find(wanted);
        if (found) return found;
        await next;
      }
    },
    close: () => server.shutdown(),
  };
}

function readable(span: Omit<Received, "attributes"> & { attributes: Attribute[] }): Received {
  const attributes = Object.fromEntries(
    span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  return { ...span, attributes };
}

for (const host of ["127.0.0.1", "::ffff:127.0.0.1"]) {
  describe(`OpenTelemetry of a server on ${host}`, () => {
    it("shows requests by route, their statements below them, and jobs", async () => {
      const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-otel-" });
      const telemetry = receiver();
      const server = await startServer(dataDir, {
        ...{ HOST: host, TINYPROOF_SWEEP: "off", OTEL_DENO: "true" },
        ...{ OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_BSP_SCHEDULE_DELAY: "100" },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.url },
      });
      try {
        const path = "/api/v1/submissions?name=Traced&author=me&token=hidden";
        const body = await Deno.readFile(MODEL);
        const { id } = await (await fetch(server.url + path, { method: "POST", body })).json();
        const request = await telemetry.until(({ name }) => name === "POST /api/v1/submissions");
        assert.equal(request.attributes["http.route"], "/api/v1/submissions");
        assert.equal(Number(request.attributes["http.response.status_code"]), 201);
        const query = await telemetry.until(({ name, traceId }) =>
          name === "query insert" && traceId === request.traceId
        );
        // Libraries between may have spans of their own.
        let above = query;
        while (above.spanId !== request.spanId) {
          const { parentSpanId } = above;
          assert.notEqual(parentSpanId, "");
          above = await telemetry.until(({ spanId }) => spanId === parentSpanId);
        }
        assert.match(String(query.attributes["db.query.text"]), /^insert into "/);
        const job = await telemetry.until(({ name }) => name === "job score");
        assert.equal(job.attributes["tinyproof.entry"], id);
      } finally {
        await server.stop();
        await telemetry.close();
        await Deno.remove(dataDir, { recursive: true });
      }
    });
  });
}
