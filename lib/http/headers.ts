// Security headers of every answer. Knows no route.

/**
 * Directives for Fresh's csp() on pages: scripts, styles, pictures and answers from here only, no
 * frames. Fresh puts the nonce of a page where 'unsafe-inline' stands. The engine runs in workers,
 * which have a policy of their own: no page may compile WebAssembly. What the framework would add by
 * itself is named here, so that nothing is added.
 */
export const CSP_DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "media-src 'none'",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/** Of workers: scripts with a policy of their own. */
const WORKER = /^\/build\/[\w.-]+\.js$/;
/**
 * The page that asks a judge: at whatever address its visitor names, with their key, which never
 * comes to this server. So this one page may connect to others; it runs no script but ours.
 */
const JUDGE_PAGE = /^\/lab\/sets\/[^/]+\/judge$/;
const JUDGE_CONNECTIONS = "connect-src 'self' https: http://127.0.0.1:* http://localhost:*";
/** A service worker that rules addresses above its own. */
const OFFLINE_WORKER = "/build/lab_offline_browser.js";
const OFFLINE_SCOPE = "/lab/sets/";
const WORKER_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-ancestors 'none'",
].join("; ");
/** Of what is no page: shown by itself it may do nothing at all. */
const DATA_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/**
 * Adds what every answer carries. COOP and COEP make the tab cross-origin isolated, so that the
 * engine may share memory between threads there.
 */
export function secured(response: Response, pathname: string): Response {
  const answer = mutableHeaders(response);
  const { headers } = answer;
  headers.set("content-security-policy", policyOf(headers, pathname));
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  // What is made for pages of others says otherwise: see open_reading.ts.
  if (!headers.has("cross-origin-resource-policy")) {
    headers.set("cross-origin-resource-policy", "same-origin");
  }
  if (pathname === OFFLINE_WORKER) headers.set("service-worker-allowed", OFFLINE_SCOPE);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "strict-origin-when-cross-origin");
  headers.set("permissions-policy", "camera=(), microphone=(), geolocation=()");
  return answer;
}

function policyOf(headers: Headers, pathname: string): string {
  if (WORKER.test(pathname)) return WORKER_POLICY;
  const page = headers.get("content-security-policy");
  if (page === null || !headers.get("content-type")?.startsWith("text/html")) return DATA_POLICY;
  // Only a page that was just rendered has a nonce; one that is kept has no inline script. Fresh
  // would have browsers ask for HTTPS, which a server on a local network does not have.
  const own = JUDGE_PAGE.test(pathname)
    ? page.replace("connect-src 'self'", JUDGE_CONNECTIONS)
    : page;
  return own.replaceAll(" 'unsafe-inline'", "").replace("; upgrade-insecure-requests", "")
    .replace("upgrade-insecure-requests; ", "");
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
