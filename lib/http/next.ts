// Where to go after signing in: a path of this site and nothing else. Knows no route.

const FALLBACK = "/account";

/** `?next=` of an address, or the account page. */
export function nextOf(url: URL): string {
  const wanted = url.searchParams.get("next") ?? "";
  // Read as a browser would: "//host" and "/\host" are addresses of another host.
  const found = wanted.startsWith("/") ? URL.parse(wanted, url.origin) : null;
  return found?.origin === url.origin ? found.pathname + found.search : FALLBACK;
}
