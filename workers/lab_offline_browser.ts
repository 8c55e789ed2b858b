// Lets a rater's page be opened again without a connection: a service worker that keeps the last
// copy of it and of what it loads. What is asked for goes to the server first, always.

/** What a service worker has and a page has not, as far as it is used here. */
interface Asked extends Event {
  request: Request;
  data: string[];
  respondWith(response: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}

const CACHE = "lab-pages-1";
/** A rater's page, and what pages are made of. Scores are kept by the page itself. */
const KEPT = /^\/(lab\/sets\/[^/]+\/score$|_fresh\/|build\/|[\w.-]+\.(css|js|svg)$)/;

addEventListener("install", () => void Reflect.get(globalThis, "skipWaiting")());
addEventListener("activate", (event) => {
  (event as Asked).waitUntil(Reflect.get(globalThis, "clients").claim());
});
addEventListener("fetch", (event) => {
  const { request } = event as Asked;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (KEPT.test(pathname)) (event as Asked).respondWith(answer(request));
});
/** A page that is open tells what it was made of: it was there before this script. */
addEventListener("message", (event) => {
  const asked = event as Event as Asked;
  const wanted = asked.data.map((url) => new URL(url)).filter(({ origin, pathname }) =>
    origin === location.origin && KEPT.test(pathname)
  );
  asked.waitUntil(Promise.all(wanted.map((url) => answer(new Request(url)))));
});

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.status === 200) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}
