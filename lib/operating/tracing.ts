// Spans for Deno's own OpenTelemetry (OTEL_DENO=true). Without it each of these does next to nothing.

import { type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("tinyproof");

/**
 * Runs `work` within the span of its request: Deno's, where Deno listens, else one of ours.
 * @param describe gives its name and attributes once the answer is known.
 */
export async function traceRequest(
  work: () => Promise<Response>,
  describe: (response: Response) => { method: string; route: string; requestId: string },
): Promise<Response> {
  const own = trace.getActiveSpan();
  if (own !== undefined) return finish(own, await work());
  return await tracer.startActiveSpan("request", { kind: SpanKind.SERVER }, async (span) => {
    try {
      return finish(span, await work());
    } finally {
      span.end();
    }
  });

  function finish(span: Span, response: Response): Response {
    const { method, route, requestId } = describe(response);
    span.updateName(`${method} ${route}`);
    span.setAttributes({
      "http.request.method": method,
      "http.route": route,
      "http.response.status_code": response.status,
      "tinyproof.request_id": requestId,
    });
    if (response.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    return response;
  }
}

/** A statement that has just ended; `sql` holds places for values, not values. */
export function traceQuery(ms: number, ok: boolean, sql: string): void {
  const endMs = Date.now();
  const [verb] = /^\s*\w+/.exec(sql) ?? ["statement"];
  const span = tracer.startSpan(`query ${verb.trim()}`, {
    kind: SpanKind.CLIENT,
    startTime: endMs - ms,
    attributes: { "db.system.name": "postgresql", "db.query.text": sql.slice(0, 2000) },
  });
  if (!ok) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endMs);
}

/** Runs one attempt of a job within a span. */
export function traceJob<T>(
  kind: string,
  attributes: Record<string, string | number>,
  work: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(`job ${kind}`, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
