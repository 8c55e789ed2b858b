// Finds islands while a page renders: puts markers around them and collects their props.

import { type ComponentType, Fragment, h, type VNode } from "preact";
import type { Build } from "./build_cache.ts";
import {
  ISLAND,
  ISLAND_END,
  type IslandRecord,
  isVNode,
  SLOT,
  SLOT_END,
  SlotReference,
} from "./props.ts";

/** One page being rendered. */
export interface IslandCollector {
  build: Build;
  records: IslandRecord[];
  slots: VNode[];
  /** Slots the island did not render: they travel in templates. */
  shown: Set<number>;
  /** True while inside an island's own output, where islands are plain components. */
  inside: boolean;
}

export function newCollector(build: Build): IslandCollector {
  return { build, records: [], slots: [], shown: new Set(), inside: false };
}

function comment(text: string): VNode {
  return h(Fragment, { UNSTABLE_comment: text } as Record<string, unknown>);
}

/** Sets `inside` when its children start and when they end: rendering goes depth first. */
function Mark(props: { collector: IslandCollector; inside: boolean }): null {
  props.collector.inside = props.inside;
  return null;
}

/** Server-rendered JSX in the place where the island put it. */
export function Slot(props: { id: number; collector: IslandCollector }): VNode {
  const { collector, id } = props;
  const { inside } = collector;
  collector.shown.add(id);
  return h(
    Fragment,
    null,
    comment(SLOT + id),
    h(Mark, { collector, inside: false }),
    collector.slots[id],
    h(Mark, { collector, inside }),
    comment(SLOT_END),
  );
}

/** Splits props: what the browser is told, and what the component renders with here. */
function separateSlots(
  props: Record<string, unknown>,
  collector: IslandCollector,
): { sent: Record<string, unknown>; used: Record<string, unknown> } {
  const sent: Record<string, unknown> = {};
  const used: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(props)) {
    if (isVNode(value) || (Array.isArray(value) && value.some(isVNode))) {
      const id = collector.slots.push(h(Fragment, null, value as VNode)) - 1;
      sent[name] = new SlotReference(id);
      used[name] = h(Slot, { id, collector });
    } else {
      sent[name] = used[name] = value;
    }
  }
  return { sent, used };
}

/** Components already known to be shown by a wrapper: keeps the hook from wrapping them again. */
const wrapped = new WeakSet<VNode>();

/** Called for each vnode before it renders; an island is replaced by itself between markers. */
export function wrapIsland(vnode: VNode, collector: IslandCollector): void {
  if (
    collector.inside || typeof vnode.type !== "function" || wrapped.has(vnode)
  ) return;
  const island = collector.build.islands.get(vnode.type);
  if (!island) return;
  const { type } = vnode;
  const { sent, used } = separateSlots(
    vnode.props as Record<string, unknown>,
    collector,
  );
  const id = collector.records.push({ ...island, props: sent }) - 1;
  const inner = h(type as ComponentType<Record<string, unknown>>, used);
  wrapped.add(inner);
  vnode.type = Fragment;
  vnode.props = {
    children: [
      comment(ISLAND + id),
      h(Mark, { collector, inside: true }),
      inner,
      h(Mark, { collector, inside: false }),
      comment(ISLAND_END),
    ],
  } as typeof vnode.props;
}
