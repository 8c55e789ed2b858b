// <Head>: on the server its children move into the document's head, in a browser they change it.

import {
  type ComponentChildren,
  createContext,
  Fragment,
  h,
  toChildArray,
  type VNode,
} from "preact";
import { useContext, useEffect } from "preact/hooks";
import { IS_BROWSER } from "./shared.ts";

export interface HeadProps {
  children?: ComponentChildren;
}

/** The renderer's way of hearing what `<Head>` contains; nothing listens in a browser. */
export const headListener: {
  add: ((children: ComponentChildren) => void) | null;
} = { add: null };

const InHead = createContext(false);

/** Puts its children into the document's `<head>`; one that is there already is changed. */
export function Head({ children }: HeadProps): ComponentChildren {
  const nested = useContext(InHead);
  if (!IS_BROWSER) {
    headListener.add?.(children);
    return null;
  }
  if (nested) return children;
  const elements = flatten(children).map((vnode, i) =>
    h(HeadElement, { key: vnode.key ?? i, vnode })
  );
  return h(InHead.Provider, { value: true }, elements);
}

/** Elements out of arrays and fragments. */
export function flatten(children: ComponentChildren): VNode[] {
  return toChildArray(children).flatMap((child) => {
    if (typeof child !== "object") return [];
    return child.type === Fragment
      ? flatten((child.props as { children?: ComponentChildren }).children)
      : [child];
  });
}

/** What an element is the only one of; null for elements that may stand more than once. */
export function identity(vnode: VNode): string | null {
  const props = vnode.props as { id?: string; name?: string; property?: string; rel?: string };
  if (vnode.type === "title") return "title";
  if (vnode.key !== null && vnode.key !== undefined) return `key:${vnode.key}`;
  if (props.id) return `id:${props.id}`;
  if (vnode.type === "meta" && props.name) return `meta:${props.name}`;
  if (vnode.type === "meta" && props.property) return `property:${props.property}`;
  return vnode.type === "link" && props.rel === "canonical" ? "canonical" : null;
}

/** What stands in the head already for `vnode`. */
function findExisting({ type, key, props }: VNode): Element | null {
  const { id, name, property, rel } = props as Record<string, string | undefined>;
  const matches = (selector: string, test: (element: Element) => boolean) =>
    [...document.head.querySelectorAll(selector)].find(test) ?? null;
  const tag = String(type);
  const has = (attribute: string, value: string) =>
    matches(tag, (element) => element.getAttribute(attribute) === value);
  if (key !== null && key !== undefined) return has("data-key", String(key));
  if (id) return has("id", id);
  if (tag === "meta" && name) return has("name", name);
  if (tag === "meta" && property) return has("property", property);
  return tag === "link" && rel === "canonical" ? has("rel", rel) : null;
}

function textOf(children: ComponentChildren): string {
  return toChildArray(children).filter((child) => typeof child !== "object").join("");
}

function HeadElement({ vnode }: { vnode: VNode }): null {
  const { children, dangerouslySetInnerHTML, ...attributes } = vnode.props as
    & Record<string, unknown>
    & { children?: ComponentChildren; dangerouslySetInnerHTML?: { __html: string } };
  const text = dangerouslySetInnerHTML?.__html ?? textOf(children);
  useEffect(() => {
    if (vnode.type === "title") return void (document.title = text);
    let element = findExisting(vnode);
    if (!element) {
      element = document.createElement(String(vnode.type));
      if (vnode.key !== null && vnode.key !== undefined) {
        element.setAttribute("data-key", String(vnode.key));
      }
      document.head.append(element);
    }
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value === null || value === undefined) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    const holder = element instanceof HTMLTemplateElement ? element.content : element;
    if (holder.textContent !== text) holder.textContent = text;
  });
  return null;
}
