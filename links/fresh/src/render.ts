// Renders a page to HTML: layouts, app wrapper, head, islands and the script that starts them.

import {
  type ComponentChildren,
  type ComponentType,
  Fragment,
  h,
  options,
  type VNode,
} from "preact";
import { renderToString } from "preact-render-to-string";
import "@preact/signals";
import type { Context } from "./context.ts";
import { internalsOf } from "./internals.ts";
import { renderHead } from "./head.ts";
import { type IslandCollector, newCollector, wrapIsland } from "./islands.ts";
import { DATA_ID, serialize } from "./props.ts";
import { asset, assetSrcSet, headListener } from "./shared.ts";
import type { LayoutConfig, PageComponent, PageProps } from "./types.ts";

/** One page being rendered; rendering is synchronous, so one at a time. */
interface Rendering {
  collector: IslandCollector;
  nonce: string | null;
  headChildren: ComponentChildren;
  added: ComponentChildren[];
  sawHead: boolean;
  sawBody: boolean;
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
  const props = vnode.props as Record<string, unknown>;
  switch (vnode.type) {
    case "head":
      if (page.sawHead) return;
      page.sawHead = true;
      page.headChildren = props.children as ComponentChildren;
      setProps(vnode, {
        children: h(Fragment, { UNSTABLE_comment: HEAD_PLACE } as never),
      });
      return;
    case "body":
      page.sawBody = true;
      setProps(vnode, { children: [props.children, h(Scripts, { page })] });
      return;
    case "script":
    case "style":
      if (page.nonce && !props.nonce) setProps(vnode, { nonce: page.nonce });
      return;
    case "img":
    case "source":
      lockAssets(vnode, props);
      return;
    default:
      if (typeof vnode.type === "function") wrap(vnode, page);
  }
}

function setProps(vnode: VNode, changed: Record<string, unknown>): void {
  rendering!.changed.push({ vnode, type: vnode.type, props: vnode.props });
  vnode.props = { ...vnode.props, ...changed } as typeof vnode.props;
}

function wrap(vnode: VNode, page: Rendering): void {
  const { type, props } = vnode;
  wrapIsland(vnode, page.collector);
  if (vnode.type !== type) page.changed.push({ vnode, type, props });
}

/** Marks images as part of this build, so that they may be cached for a year. */
function lockAssets(vnode: VNode, props: Record<string, unknown>): void {
  if ("data-fresh-disable-lock" in props) return;
  if (typeof props.src === "string") setProps(vnode, { src: asset(props.src) });
  if (typeof props.srcset === "string") {
    setProps(vnode, { srcset: assetSrcSet(props.srcset) });
  }
}

/** Last in the body, so that every island is known: their data, and the script. */
function Scripts({ page }: { page: Rendering }): ComponentChildren {
  const { collector, nonce } = page;
  const { build, records, slots, shown } = collector;
  if (records.length === 0 || !build.clientEntry) return null;
  const hidden = slots.map((content, id) => ({ content, id })).filter((
    { id },
  ) => !shown.has(id));
  collector.inside = false;
  return h(
    Fragment,
    null,
    hidden.map(({ content, id }) => h("template", { id: `${DATA_ID}-slot-${id}` }, content)),
    h(PageDataElement, { page }),
    h("script", { type: "module", src: build.clientEntry, nonce }),
  );
}

/** A component, so that it renders after islands inside templates were collected. */
function PageDataElement({ page }: { page: Rendering }): ComponentChildren {
  const { build, records } = page.collector;
  const text = serialize({ buildId: build.id, islands: records });
  // JSON inside a script element is not HTML: `serialize` leaves no "<" in it.
  const dangerouslySetInnerHTML = { __html: text };
  return h("script", {
    id: DATA_ID,
    type: "application/json",
    dangerouslySetInnerHTML,
  });
}

/** Links to the scripts the page will ask for, so that they load side by side. */
function preloads({ build, records }: IslandCollector): ComponentChildren[] {
  if (records.length === 0 || !build.clientEntry) return [];
  const modules = [build.clientEntry, ...records.map(({ module }) => module)];
  const all = new Set(
    modules.flatMap((module) => [module, ...build.preloads[module] ?? []]),
  );
  return [...all].map((href) => h("link", { rel: "modulepreload", href }));
}

function DefaultApp({ Component }: PageProps): ComponentChildren {
  return h(
    "html",
    { lang: "en" },
    h("head", null, h("meta", { charset: "utf-8" })),
    h("body", null, h(Component, null)),
  );
}

function isAsync(component: PageComponent): boolean {
  return component.constructor.name === "AsyncFunction";
}

/** A component as a vnode; an async one is awaited, and may answer by itself. */
export async function renderComponent<State>(
  ctx: Context<State>,
  component: PageComponent,
  data: unknown,
  Component: () => ComponentChildren,
): Promise<ComponentChildren | Response> {
  const { config, url, req, params, info, state, isPartial, error, route } = ctx;
  const props = {
    ...{ config, url, req, params, info, state, isPartial, error, route },
    ...{ data, Component },
  };
  if (isAsync(component)) return await component(props);
  return h(component as ComponentType<PageProps<unknown, State>>, props);
}

/** @throws what a component throws; nothing of the page has been sent by then. */
export async function renderPage<State>(
  ctx: Context<State>,
  content: ComponentChildren,
  init: ResponseInit,
  config: LayoutConfig,
): Promise<Response> {
  const { layouts, appWrapper, build, nonce } = internalsOf(ctx);
  const wrapper = config.skipAppWrapper ? null : appWrapper ?? DefaultApp;
  const around = config.skipInheritedLayouts ? [] : [...layouts].reverse();
  let tree = content;
  for (const component of wrapper ? [...around, wrapper] : around) {
    const inner = tree;
    const wrapped = await renderComponent(
      ctx,
      component,
      undefined,
      () => inner,
    );
    if (wrapped instanceof Response) return wrapped;
    tree = wrapped;
  }
  const html = renderDocument(tree, build, nonce);
  const headers = new Headers(init.headers);
  if (!headers.has("content-type")) {
    headers.set("content-type", "text/html;charset=utf-8");
  }
  return new Response(html, { ...init, headers });
}

function renderDocument(
  tree: ComponentChildren,
  build: IslandCollector["build"],
  nonce: string | null,
): string {
  const page: Rendering = {
    collector: newCollector(build),
    nonce,
    headChildren: null,
    added: [],
    sawHead: false,
    sawBody: false,
    changed: [],
  };
  rendering = page;
  headListener.add = (children) => void page.added.push(children);
  try {
    let html = renderToString(h(Fragment, null, tree));
    if (!page.sawBody) html += renderToString(h(Scripts, { page }));
    const head = renderHead(page.headChildren, [
      ...page.added,
      preloads(page.collector),
    ]);
    if (page.sawHead) html = html.replace(`<!--${HEAD_PLACE}-->`, () => head);
    return html.startsWith("<html") ? `<!DOCTYPE html>${html}` : html;
  } finally {
    for (const { vnode, type, props } of page.changed.reverse()) {
      Object.assign(vnode, { type, props });
    }
    rendering = null;
    headListener.add = null;
  }
}
