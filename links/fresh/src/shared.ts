// Used on both sides: knows neither the request nor the DOM beyond their existence.

import type { ComponentChildren } from "preact";

/** True in a browser, false on the server. */
export const IS_BROWSER: boolean = typeof document !== "undefined";

/** Query parameter that marks an address as fixed to one build, so it may be cached for a year. */
export const BUILD_PARAM = "__frsh_c";

/** Query parameter of requests for the partials of a page. */
export const PARTIAL_PARAM = "fresh-partial";

/** Attribute below which links and forms are answered without loading a new document. */
export const CLIENT_NAV = "f-client-nav";

let buildId = "dev";

/** Set once: by the server from the build, in the browser from the page. */
export function setBuildId(id: string): void {
  buildId = id;
}

export function getBuildId(): string {
  return buildId;
}

/** Adds the build to the address of a static file, so that it can be cached for a year. */
export function asset(path: string): string {
  if (
    !path.startsWith("/") || path.startsWith("//") || path.includes(BUILD_PARAM)
  ) return path;
  const [, address, hash] = /^([^#]*)(#.*)?$/s.exec(path)!;
  return `${address}${address.includes("?") ? "&" : "?"}${BUILD_PARAM}=${buildId}${hash ?? ""}`;
}

/** `asset()` on every address of a `srcset`. */
export function assetSrcSet(srcset: string): string {
  if (srcset.includes("(")) return srcset;
  return srcset.split(",").map((part) => {
    const [address, ...descriptors] = part.trim().split(/\s+/);
    return [asset(address), ...descriptors].join(" ");
  }).join(", ");
}

/** How new content goes into a partial. */
export type PartialMode = "replace" | "prepend" | "append";

export interface PartialProps {
  children?: ComponentChildren;
  /** Tells partials apart: each stands once in a page. */
  name: string;
  /** Where new content goes: in place of the old one when not said. */
  mode?: PartialMode;
}

/** A part of the page that client navigation exchanges. */
export function Partial(props: PartialProps): ComponentChildren {
  return props.children;
}

/** How a link stands to the page it is on. */
export type LinkMatch = "current" | "ancestor" | null;

/** An address that a parser would leave as it is: no dots, nothing to encode. */
const PLAIN = /^((?:\/[\w-]+)+|\/)(\?[\w=&,%+-]+)?(?:#[\w-]*)?$/;

/** `page` is where the link stands; a link without a query is current whatever the query is. */
export function matchLink(page: URL, href: string): LinkMatch {
  const link = parseLink(page, href);
  if (link === null) return null;
  const path = ({ pathname }: { pathname: string }) => pathname.replace(/\/+$/, "");
  if (path(link) === path(page)) {
    return link.search === "" || link.search === page.search ? "current" : "ancestor";
  }
  return path(page).startsWith(`${path(link)}/`) ? "ancestor" : null;
}

/** Null for a link that leads elsewhere. A table has hundreds of links: most need no parser. */
function parseLink(page: URL, href: string): { pathname: string; search: string } | null {
  const plain = PLAIN.exec(href);
  if (plain) return { pathname: plain[1], search: plain[2] ?? "" };
  return href.startsWith("/") && URL.canParse(href, page) ? new URL(href, page) : null;
}

/** Attributes of a link by how it stands to the page. */
export function linkAttributes(match: LinkMatch): Record<string, string> {
  if (match === "current") return { "data-current": "true", "aria-current": "page" };
  if (match === "ancestor") return { "data-ancestor": "true", "aria-current": "true" };
  return {};
}
