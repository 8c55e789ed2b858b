// Used on both sides: knows neither the request nor the DOM beyond their existence.

import type { ComponentChildren } from "preact";

/** True in a browser, false on the server. */
export const IS_BROWSER: boolean = typeof document !== "undefined";

/** Query parameter that marks an address as fixed to one build, so it may be cached for a year. */
export const BUILD_PARAM = "__frsh_c";

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

/** The renderer's way of hearing what `<Head>` contains; nothing listens in the browser. */
export const headListener: {
  add: ((children: ComponentChildren) => void) | null;
} = { add: null };

/** Adds its children to the document's `<head>` while the page renders on the server. */
export function Head(props: { children?: ComponentChildren }): null {
  headListener.add?.(props.children);
  return null;
}
