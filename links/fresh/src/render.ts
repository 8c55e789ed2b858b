// Renders a page to HTML: layouts, app wrapper, head, islands and the script that starts them.

import {
  type ComponentChildren,
  type ComponentType,
  Fragment,
  type FunctionComponent,
  h,
  options,
  type VNode,
} from "preact";
import { renderToString } from "preact-render-to-string";
import "@preact/signals";
import type { Context } from "./context.ts";
import { internalsOf, setNonce } from "./internals.ts";
import { renderHead } from "./document_head.ts";
import { headListener } from "./head.ts";
import { type IslandCollector, newCollector, wrapComponent } from "./islands.ts";
import { DATA_ID, KEY_ATTRIBUTE, serialize } from "./props.ts";
import {
  asset,
  assetSrcSet,
  CLIENT_NAV,
  linkAttributes,
  matchLink,
  PARTIAL_PARAM,
} from "./shared.ts";
import { traced, tracedNow, traceParent } from "./tracing.ts";
import type { LayoutConfig, PageComponent, PageProps } from "./types.ts";

/** One page being rendered; rendering is synchronous, so one at a time. */
interface Rendering {
  collector: IslandCollector;
  url: URL;
  nonce: string;
  /** Set in answers to client navigation, which find their data by it. */
  partialId: string | null;
  headChildren: ComponentChildren;
  added: ComponentChildren[];
  saw: { html: boolean; head: boolean; body: boolean; clientNav: boolean };
  /** Vnodes changed for this page, as they were: one may be a constant that the next page shows. */
  changed: { vnode: VNode; type: VNode["type"]; props: VNode["props"] }[];
}

const HEAD_PLACE = "fresh-head";

let rendering: Rendering | null = null;

type Hook = (vnode: VNode) => void;
// `__b` is Preact's name for the hook before a vnode is rendered, the one its own add-ons use.
const hooks = options as unknown as { __b?: Hook };
const previousHook = hooks.__b;

hooks.__b = (vnode) => {
  if (rendering) beforeRender(vnode, rendering);
  previousHook?.(vnode);
};

function beforeRender(vnode: VNode, page: Rendering): void {
  if (typeof vnode.type === "function") return wrap(vnode, page);
  const props = vnode.props as Record<string, unknown>;
  if (props === null || typeof props !== "object") return;
  if (CLIENT_NAV in props) {
    page.saw.clientNav ||= String(props[CLIENT_NAV]) === "true";
    setProps(vnode, { [CLIENT_NAV]: String(props[CLIENT_NAV]) });
  }
  const { inPartial, inside } = page.collector;
  if (inPartial && !inside && vnode.key !== null && vnode.key !== undefined) {
    setProps(vnode, { [KEY_ATTRIBUTE]: String(vnode.key) });
  }
  switch (vnode.type) {
    case "html":
      page.saw.html = true;
      return;
    case "head":
      if (page.saw.head) return;
      page.saw.head = true;
      page.headChildren = props.children as ComponentChildren;
      setProps(vnode, {
        children: h(Fragment, { UNSTABLE_comment: HEAD_PLACE } as never),
      });
      return;
    case "body":
      page.saw.body = true;
      setProps(vnode, { children: [props.children, h(Scripts, { page })] });
      return;
    case "script":
    case "style":
      if (!props.nonce) setProps(vnode, { nonce: page.nonce });
      return;
    case "img":
    case "source":
      lockAssets(vnode, props);
      return;
    case "a":
      if (typeof props.href === "string" && props["aria-current"] === undefined) {
        setProps(vnode, linkAttributes(matchLink(page.url, props.href)));
      }
  }
}

function setProps(vnode: VNode, changed: Record<string, unknown>): void {
  if (Object.keys(changed).length === 0) return;
  rendering!.changed.push({ vnode, type: vnode.type, props: vnode.props });
  vnode.props = { ...vnode.props, ...changed } as typeof vnode.props;
}

function wrap(vnode: VNode, page: Rendering): void {
  const { type, props } = vnode;
  wrapComponent(vnode, page.collector);
  if (vnode.type !== type) page.changed.push({ vnode, type, props });
}

/** Marks images as part of this build, so that they may be cached for a year. */
function lockAssets(vnode: VNode, props: Record<string, unknown>): void {
  if ("data-fresh-disable-lock" in props) return;
  if (typeof props.src === "string") setProps(vnode, { src: asset(props.src) });
  for (const name of ["srcset", "srcSet"]) {
    const value = props[name];
    if (typeof value === "string") setProps(vnode, { [name]: assetSrcSet(value) });
  }
}

/** True when the page needs a script: for islands, or for client navigation. */
function needsScript({ collector, saw }: Rendering): boolean {
  return collector.build.clientEntry !== null && (collector.records.length > 0 || saw.clientNav);
}

/** Last in the body, so that every island is known: their data, and the script. */
function Scripts({ page }: { page: Rendering }): ComponentChildren {
  if (!needsScript(page)) return null;
  const { collector } = page;
  const hidden = collector.slots.map((content, id) => ({ content, id })).filter((
    { id },
  ) => !collector.shown.has(id));
  collector.inside = false;
  return h(
    Fragment,
    null,
    hidden.map(({ content, id }) => h("template", { id: `${DATA_ID}-slot-${id}` }, content)),
    h(PageDataElement, { page }),
    page.partialId === null ? h(BootScript, { page }) : null,
  );
}

/** A component, so that it renders after islands inside templates were collected. */
function PageDataElement({ page }: { page: Rendering }): ComponentChildren {
  const { build, records } = page.collector;
  const text = serialize({ buildId: build.id, islands: records });
  // JSON inside a script element is not HTML: `serialize` leaves no "<" in it.
  const dangerouslySetInnerHTML = { __html: text };
  const id = page.partialId === null ? DATA_ID : `${DATA_ID}-${page.partialId}`;
  return h("script", { id, type: "application/json", dangerouslySetInnerHTML });
}

function BootScript({ page }: { page: Rendering }): ComponentChildren {
  const { build, basePath } = page.collector;
  const address = JSON.stringify(basePath + build.clientEntry).replaceAll("<", "\\u003c");
  const dangerouslySetInnerHTML = { __html: `import{boot}from${address};boot()` };
  return h("script", { type: "module", dangerouslySetInnerHTML });
}

/** The `Link` header: scripts the page will ask for, so that they load side by side. */
function preloads(page: Rendering): string {
  const { build, basePath, records } = page.collector;
  const own = [build.clientEntry!, ...records.map(({ module }) => module.slice(basePath.length))];
  const chunks = own.flatMap((module) => build.preloads[module] ?? []);
  return [...new Set([...own, ...chunks])].map((address) =>
    `<${encodeURI(basePath + address)}>; rel="modulepreload"; as="script"`
  ).join(", ");
}

function isAsync(component: PageComponent): boolean {
  return component.constructor.name === "AsyncFunction";
}

/** A component as a vnode; an async one is awaited, and may answer by itself. */
export async function renderComponent<State>(
  ctx: Context<State>,
  component: PageComponent,
  data: unknown,
  Component: FunctionComponent,
): Promise<ComponentChildren | Response> {
  const { config, url, req, params, info, state, isPartial, error, route } = ctx;
  ctx.Component = Component;
  const props = {
    ...{ config, url, req, params, info, state, isPartial, error, route },
    ...{ data, Component },
  };
  if (isAsync(component)) {
    const attributes = { "fresh.span_type": "fs_routes/async_component" };
    return await traced("render", attributes, () => component(props));
  }
  return h(component as ComponentType<PageProps<unknown, State>>, props);
}

/** @throws what a component throws; nothing of the page has been sent by then. */
export async function renderPage<State>(
  ctx: Context<State>,
  content: ComponentChildren,
  init: ResponseInit,
  config: LayoutConfig,
): Promise<Response> {
  const { layouts, appWrapper } = internalsOf(ctx);
  const wrapper = config.skipAppWrapper ? null : appWrapper;
  const around = config.skipInheritedLayouts ? [] : [...layouts].reverse();
  let tree = content;
  for (const component of wrapper ? [...around, wrapper] : around) {
    const inner = tree;
    const wrapped = await renderComponent(
      ctx,
      component,
      undefined,
      () => h(Fragment, null, inner),
    );
    if (wrapped instanceof Response) return wrapped;
    tree = wrapped;
  }
  try {
    return respond(ctx, tree, init);
  } finally {
    // It leads to the tree, as `changed` does.
    ctx.Component = Nothing;
  }
}

const Nothing: FunctionComponent = () => null;

function respond<State>(
  ctx: Context<State>,
  tree: ComponentChildren,
  init: ResponseInit,
): Response {
  const { build, css } = internalsOf(ctx);
  const page: Rendering = {
    collector: newCollector(build, ctx.config.basePath),
    url: withoutPartialParam(ctx.url),
    nonce: crypto.randomUUID().replaceAll("-", ""),
    partialId: ctx.isPartial ? crypto.randomUUID() : null,
    headChildren: null,
    added: css.map((href) => h("link", { rel: "stylesheet", href: asset(href) })),
    saw: { html: false, head: false, body: false, clientNav: false },
    changed: [],
  };
  const html = tracedNow("render", { "fresh.span_type": "render" }, () => {
    const traceparent = traceParent();
    if (traceparent) page.added.push(h("meta", { name: "traceparent", content: traceparent }));
    return renderDocument(tree, page);
  });
  const headers = new Headers(init.headers);
  headers.set("content-type", "text/html; charset=utf-8");
  if (page.partialId !== null) headers.set("x-fresh-id", page.partialId);
  if (needsScript(page)) headers.append("link", preloads(page));
  const res = new Response(html, { ...init, headers });
  setNonce(res, page.nonce);
  return res;
}

function withoutPartialParam(url: URL): URL {
  if (!url.searchParams.has(PARTIAL_PARAM)) return url;
  const page = new URL(url);
  page.searchParams.delete(PARTIAL_PARAM);
  return page;
}

function renderDocument(tree: ComponentChildren, page: Rendering): string {
  rendering = page;
  headListener.add = (children) => void page.added.push(children);
  try {
    let html = renderToString(h(Fragment, null, tree));
    const { saw } = page;
    // What the page leaves out of a document is put around it.
    if (!saw.body) html = `<body>${html}${renderToString(h(Scripts, { page }))}</body>`;
    const head = renderHead(page.headChildren, page.added);
    if (saw.head) html = html.replace(`<!--${HEAD_PLACE}-->`, () => head);
    else html = withHead(html, `<head><meta charset="utf-8"/>${head}</head>`);
    return `<!DOCTYPE html>${saw.html ? html : `<html>${html}</html>`}`;
  } finally {
    for (const { vnode, type, props } of page.changed.reverse()) {
      Object.assign(vnode, { type, props });
    }
    // Each leads to the whole tree, which would outlive many small garbage collections.
    page.changed.length = page.added.length = 0;
    page.headChildren = null;
    rendering = null;
    headListener.add = null;
  }
}

/** A head in front of the body, behind the tag of a document that has one. */
function withHead(html: string, head: string): string {
  const [tag] = /^<html[^>]*>/.exec(html) ?? [""];
  return tag + head + html.slice(tag.length);
}
