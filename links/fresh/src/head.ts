// The document's <head>: its own children and those of every <Head>, each thing once.

import { type ComponentChildren, Fragment, type VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { isVNode } from "./props.ts";

/** Children flattened out of arrays and fragments. */
function flatten(
  children: ComponentChildren,
  out: ComponentChildren[] = [],
): ComponentChildren[] {
  if (Array.isArray(children)) {
    for (const child of children) flatten(child, out);
  } else if (isVNode(children) && children.type === Fragment) {
    flatten((children.props as { children?: ComponentChildren }).children, out);
  } else if (
    children !== null && children !== undefined && typeof children !== "boolean"
  ) {
    out.push(children);
  }
  return out;
}

/** What an element is the only one of; null for elements that may stand more than once. */
function identity(vnode: VNode): string | null {
  const props = vnode.props as { id?: string; name?: string };
  if (vnode.type === "title") return "title";
  if (vnode.key !== null && vnode.key !== undefined) return `key:${vnode.key}`;
  if (props.id) return `id:${props.id}`;
  return vnode.type === "meta" && props.name ? `meta:${props.name}` : null;
}

/** HTML of the head's children: a later element takes the place of an earlier one like it. */
export function renderHead(
  own: ComponentChildren,
  added: readonly ComponentChildren[],
): string {
  const places = new Map<string, number>();
  const children: ComponentChildren[] = [];
  for (
    const child of [
      ...flatten(own),
      ...added.flatMap((more) => flatten(more)),
    ]
  ) {
    const name = isVNode(child) ? identity(child) : null;
    const place = name === null ? undefined : places.get(name);
    if (place !== undefined) children[place] = child;
    else {
      if (name !== null) places.set(name, children.length);
      children.push(child);
    }
  }
  return children.map((child) => isVNode(child) ? renderToString(child) : "")
    .join("");
}
