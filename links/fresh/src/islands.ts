// Finds islands and partials while a page renders: puts markers around them, collects their props.

import { type ComponentChildren, type ComponentType, Fragment, h, type VNode } from "preact";
import type { Build } from "./build_cache.ts";
import {
  closing,
  ISLAND,
  type IslandRecord,
  isVNode,
  KEY,
  PARTIAL,
  SLOT,
  SlotReference,
} from "./props.ts";
import { Partial, type PartialProps } from "./shared.ts";

/** One page being rendered. */
export interface IslandCollector {
  build: Build;
  /** Put before the addresses of scripts. */
  basePath: string;
  records: IslandRecord[];
  slots: ComponentChildren[];
  /** Slots the island rendered; the others travel in templates. */
  shown: Set<number>;
  partials: Set<string>;
  /** True while inside an island's own output, where islands are plain components. */
  inside: boolean;
  /** True while inside a partial, where keys are kept. */
  inPartial: boolean;
}

export function newCollector(build: Build, basePath: string): IslandCollector {
  return {
    ...{ build, basePath, records: [], slots: [] },
    ...{ shown: new Set(), partials: new Set(), inside: false, inPartial: false },
  };
}

function comment(text: string): VNode {
  return h(Fragment, { UNSTABLE_comment: text } as Record<string, unknown>);
}

type Place = Pick<IslandCollector, "inside" | "inPartial">;

/** Says where rendering is when its children start and when they end: rendering goes depth first. */
function Mark(props: { collector: IslandCollector; place: Place }): null {
  Object.assign(props.collector, props.place);
  return null;
}

/** `content` between markers, with `changed` true of the place inside of them. */
function between(
  collector: IslandCollector,
  opening: string,
  marker: {
    text: string;
    content: ComponentChildren;
    changed: { [Name in keyof Place]?: boolean };
  },
): ComponentChildren[] {
  const { inside, inPartial } = collector;
  const before = { inside, inPartial };
  return [
    comment(opening + marker.text),
    h(Mark, { collector, place: { ...before, ...marker.changed } }),
    marker.content,
    h(Mark, { collector, place: before }),
    comment(closing(opening)),
  ];
}

/** A key as part of a marker: without what would end it. */
function keyText(key: unknown): string {
  return key === null || key === undefined ? "" : encodeURIComponent(String(key));
}

/** Server-rendered JSX in the place where the island put it. */
function Slot(props: { id: number; collector: IslandCollector }): VNode {
  const { collector, id } = props;
  collector.shown.add(id);
  const content = collector.slots[id];
  const marker = { text: String(id), content, changed: { inside: false } };
  return h(Fragment, null, between(collector, SLOT, marker));
}

/** A prop, or a part of one: what the browser is told, and what the component renders with here. */
interface Separated<Value = unknown> {
  sent: Value;
  used: Value;
}

/** Splits props where they hold server-rendered JSX, at any depth. */
function separateSlots(
  props: Record<string, unknown>,
  collector: IslandCollector,
): Separated<Record<string, unknown>> {
  const separated: Separated<Record<string, unknown>> = { sent: {}, used: {} };
  const seen = new Map<object, Separated>();
  for (const [name, value] of Object.entries(props)) {
    const isContent = name === "children" && value !== null && value !== undefined;
    const { sent, used } = isContent
      ? slotFor(value, collector)
      : holdsJsx(value, new Set())
      ? separate(value, collector, seen)
      : { sent: value, used: value };
    separated.sent[name] = sent;
    separated.used[name] = used;
  }
  return separated;
}

function slotFor(content: unknown, collector: IslandCollector): Separated {
  const id = collector.slots.push(h(Fragment, null, content as ComponentChildren)) - 1;
  return { sent: new SlotReference(id), used: h(Slot, { id, collector }) };
}

/** Lists and plain objects are looked into; whatever else holds values is the serializer's. */
function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  if (typeof value !== "object" || value === null || isVNode(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function holdsJsx(value: unknown, seen: Set<object>): boolean {
  if (isVNode(value)) return true;
  if (!isContainer(value) || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((part) => holdsJsx(part, seen));
}

/** A copy in which JSX is a slot; what stands in two places is copied once, circles too. */
function separate(
  value: unknown,
  collector: IslandCollector,
  seen: Map<object, Separated>,
): Separated {
  if (isVNode(value)) return slotFor(value, collector);
  if (!isContainer(value)) return { sent: value, used: value };
  const known = seen.get(value);
  if (known) return known;
  const empty = () => (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
  const copy = { sent: empty(), used: empty() };
  seen.set(value, copy);
  for (const [name, part] of Object.entries(value)) {
    const { sent, used } = separate(part, collector, seen);
    copy.sent[name] = sent;
    copy.used[name] = used;
  }
  return copy;
}

/** Components already known to be shown by a wrapper: keeps the hook from wrapping them again. */
const wrapped = new WeakSet<VNode>();

/** Called for each component before it renders; replaces it by itself between markers. */
export function wrapComponent(vnode: VNode, collector: IslandCollector): void {
  if (vnode.type === Partial) return wrapPartial(vnode, collector);
  if (collector.inside || typeof vnode.type !== "function" || wrapped.has(vnode)) return;
  const island = collector.build.islands.get(vnode.type);
  if (island) wrapIsland(vnode, collector, island);
  else if (collector.inPartial && vnode.type !== Fragment) keepKey(vnode, collector);
}

function replaceBy(vnode: VNode, children: ComponentChildren[]): void {
  vnode.type = Fragment;
  vnode.props = { children } as typeof vnode.props;
}

/** The same component, not to be wrapped again. */
function inner(vnode: VNode, props: unknown): VNode {
  const again = h(vnode.type as ComponentType<unknown>, props as Record<string, unknown>);
  wrapped.add(again);
  return again;
}

function wrapIsland(
  vnode: VNode,
  collector: IslandCollector,
  island: { module: string; exportName: string },
): void {
  const { sent, used } = separateSlots(vnode.props as Record<string, unknown>, collector);
  const module = collector.basePath + island.module;
  const id = collector.records.push({ module, exportName: island.exportName, props: sent }) - 1;
  const text = `${id}:${keyText(vnode.key)}`;
  const marker = { text, content: inner(vnode, used), changed: { inside: true } };
  replaceBy(vnode, between(collector, ISLAND, marker));
}

function keepKey(vnode: VNode, collector: IslandCollector): void {
  const text = keyText(vnode.key);
  if (text === "") return;
  const marker = { text, content: inner(vnode, vnode.props), changed: {} };
  replaceBy(vnode, between(collector, KEY, marker));
}

/** @throws when a partial stands in an island, or a second time in the page. */
function wrapPartial(vnode: VNode, collector: IslandCollector): void {
  const { name, mode = "replace", children } = vnode.props as PartialProps;
  if (collector.inside) {
    throw new Error(`<Partial> components cannot be used inside islands: found "${name}" in one`);
  }
  if (collector.partials.has(name)) {
    throw new Error(`Expected each partial once in a page, found "${name}" a second time`);
  }
  collector.partials.add(name);
  const key = keyText(vnode.key);
  if (mode !== "replace" && key === "") {
    console.warn(
      `<Partial name="${name}" mode="${mode}"> is missing a "key" prop: without one, new ` +
        "content cannot be told from what is there",
    );
  }
  const text = `${encodeURIComponent(name)}:${mode}:${key}`;
  replaceBy(
    vnode,
    between(collector, PARTIAL, { text, content: children, changed: { inPartial: true } }),
  );
}
