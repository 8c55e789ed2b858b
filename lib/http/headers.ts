// Security headers of every answer. Knows no route.

/**
 * Directives for Fresh's csp(): scripts from here only, WebAssembly allowed for scoring in the tab,
 * no frames. Fresh puts the nonce of a page where 'unsafe-inline' stands.
 */
export const CSP_DIRECTIVES = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/**
 * Adds what every answer carries. COOP and COEP make the tab cross-origin isolated, so that the
 * engine may share memory between threads there.
 */
export function secured(response: Response): Response {
  const answer = mutableHeaders(response);
  // Only pages have a nonce; what was not rendered, or comes from the cache, has no inline script.
  const policy = answer.headers.get("content-security-policy");
  if (policy) {
    answer.headers.set("content-security-policy", policy.replaceAll(" 'unsafe-inline'", ""));
  }
  answer.headers.set("cross-origin-opener-policy", "same-origin");
  answer.headers.set("cross-origin-embedder-policy", "require-corp");
  // What is made for pages of others says otherwise: see open_reading.ts.
  if (!answer.headers.has("cross-origin-resource-policy")) {
    answer.headers.set("cross-origin-resource-policy", "same-origin");
  }
  answer.headers.set("x-content-type-options", "nosniff");
  answer.headers.set("referrer-policy", "strict-origin-when-cross-origin");
  answer.headers.set("permissions-policy", "camera=(), microphone=(), geolocation=()");
  return answer;
}

/** Answers of fetch and Response.redirect have locked headers: those are copied. */
function mutableHeaders(response: Response): Response {
  try {
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  } catch {
    return new Response(response.body, response);
  }
}
