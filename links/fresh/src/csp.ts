// The Content-Security-Policy header, with a nonce per rendered page when asked for.

import { nonceOf } from "./internals.ts";
import type { Middleware } from "./types.ts";

export interface CSPOptions {
  /** Report violations without blocking anything. */
  reportOnly?: boolean;
  /** Where browsers send reports. */
  reportTo?: string;
  /** Directives that are added, or replace the default of the same name. */
  csp?: string[];
  /** Allow inline scripts and styles by a nonce put on each, in place of 'unsafe-inline'. */
  useNonce?: boolean;
}

const DEFAULTS = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "upgrade-insecure-requests",
];

/** Directives in which a nonce stands for 'unsafe-inline'. */
const WITH_NONCE = /^(default-src|script-src(-elem)?|style-src(-elem|-attr)?)\s/;

function directiveName(directive: string): string {
  return directive.trim().split(/\s+/, 1)[0];
}

function directivesOf(options: CSPOptions): string[] {
  const own = options.csp ?? [];
  const named = new Set(own.map(directiveName));
  const kept = DEFAULTS.filter((directive) => !named.has(directiveName(directive)));
  const report = options.reportTo
    ? [`report-to csp-endpoint`, `report-uri ${options.reportTo}`]
    : [];
  return [...kept, ...own, ...report];
}

function withNonce(directive: string, nonce: string): string {
  if (!WITH_NONCE.test(directive)) return directive;
  return directive.replaceAll("'unsafe-inline'", `'nonce-${nonce}'`);
}

/** Headers of fetched and redirect responses are locked: those responses are copied. */
function withHeader(res: Response, name: string, value: string): Response {
  try {
    res.headers.set(name, value);
    return res;
  } catch {
    const copy = new Response(res.body, res);
    copy.headers.set(name, value);
    return copy;
  }
}

/**
 * Sets the policy on every response that comes back through it. Only a page that was rendered has a
 * nonce: other answers keep 'unsafe-inline' where the policy says so.
 */
export function csp<State>(options: CSPOptions = {}): Middleware<State> {
  const directives = directivesOf(options);
  const header = options.reportOnly
    ? "content-security-policy-report-only"
    : "content-security-policy";
  return async (ctx) => {
    const answer = await ctx.next();
    const nonce = options.useNonce ? nonceOf(answer) : undefined;
    const own = nonce ? directives.map((directive) => withNonce(directive, nonce)) : directives;
    const res = withHeader(answer, header, own.join("; "));
    if (options.reportTo) {
      res.headers.set("reporting-endpoints", `csp-endpoint="${options.reportTo}"`);
    }
    return res;
  };
}
