// The document's <head> on the server: its own children and those of every <Head>, each thing once.

import { cloneElement, type ComponentChildren, type VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { flatten, identity } from "./head.ts";

/** HTML of the head's children: a later element takes the place of an earlier one like it. */
export function renderHead(
  own: ComponentChildren,
  added: readonly ComponentChildren[],
): string {
  const places = new Map<string, number>();
  const children: VNode[] = [];
  for (const child of [...flatten(own), ...added.flatMap(flatten)]) {
    const name = identity(child);
    const place = name === null ? undefined : places.get(name);
    if (place !== undefined) children[place] = child;
    else {
      if (name !== null) places.set(name, children.length);
      children.push(child);
    }
  }
  return children.map((child) => renderToString(withKey(child))).join("");
}

/** A key is an attribute as well, so that islands find the element in the browser. */
function withKey(vnode: VNode): VNode {
  if (vnode.key === null || vnode.key === undefined || typeof vnode.type !== "string") {
    return vnode;
  }
  return cloneElement(vnode, { "data-key": String(vnode.key) } as Record<string, unknown>);
}
