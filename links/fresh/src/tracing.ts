// Spans of OpenTelemetry around the parts of a request; nothing where nobody collects them.

import { type Attributes, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import own from "../deno.json" with { type: "json" };

const tracer = trace.getTracer("fresh", own.version);

/** Runs `work` inside a span, which also tells what is thrown. */
export async function traced<Result>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Result | Promise<Result>,
): Promise<Result> {
  return await tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The same for work that does not wait. */
export function tracedNow<Result>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Result,
): Result {
  return tracer.startActiveSpan(name, { attributes }, (span) => {
    try {
      return work(span);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

function fail(span: Span, error: unknown): void {
  if (error instanceof Error) span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
}

/** Names the span of the request, which the server has begun, by the route that matched. */
export function nameRequest(method: string, route: string | null): void {
  const span = route === null ? undefined : trace.getActiveSpan();
  span?.updateName(`${method} ${route}`);
  span?.setAttribute("http.route", route!);
}

/** The request as pages name it to scripts (W3C Trace Context); null where it is not traced. */
export function traceParent(): string | null {
  const context = trace.getActiveSpan()?.spanContext();
  if (!context || !trace.isSpanContextValid(context)) return null;
  const flags = context.traceFlags.toString(16).padStart(2, "0");
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}
