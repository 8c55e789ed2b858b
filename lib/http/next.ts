// Where to go after signing in or deciding: a path of this site and nothing else. Knows no route.

/** `?next=` of an address, or the account page. */
export function nextOf(url: URL): string {
  return sitePath(url.searchParams.get("next") ?? "", url) ?? "/account";
}

/** Path and query of `text` when it is a path of the site `url` is of; else null. */
export function sitePath(text: string, url: URL): string | null {
  // Read as a browser would: "//host" and "/\host" are addresses of another host.
  const found = text.startsWith("/") ? URL.parse(text, url.origin) : null;
  return found?.origin === url.origin ? found.pathname + found.search + found.hash : null;
}
