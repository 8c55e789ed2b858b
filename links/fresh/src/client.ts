// Runs in the browser: gives each island on the page its component, in the place it was rendered.

import { type ComponentChild, type ComponentType, Fragment, h, render, type VNode } from "preact";
import {
  DATA_ID,
  deserialize,
  ISLAND,
  ISLAND_END,
  type IslandRecord,
  SLOT,
  SLOT_END,
} from "./props.ts";
import { setBuildId } from "./shared.ts";

type AnyComponent = ComponentType<Record<string, unknown>>;

/** The nodes between two markers, in the guise of an element, so that Preact renders into them. */
function rangeRoot(parent: Node, nodes: Node[], end: Node): Element {
  const root = {
    nodeType: 1,
    parentNode: parent,
    firstChild: nodes[0] ?? null,
    childNodes: nodes,
    namespaceURI: (parent as Element).namespaceURI,
    ownerDocument: document,
    contains: (node: Node | null) => parent.contains(node),
    insertBefore: (node: Node, before: Node | null) => parent.insertBefore(node, before ?? end),
    appendChild: (node: Node) => parent.insertBefore(node, end),
    removeChild: (node: Node) => parent.removeChild(node),
  };
  return root as unknown as Element;
}

/** Nodes after the comment `start` up to the comment with text `closing` on the same level. */
function between(
  start: Comment,
  opening: string,
  closing: string,
): { nodes: Node[]; end: Node } {
  const nodes: Node[] = [];
  let depth = 0;
  let node = start.nextSibling;
  while (node) {
    if (node.nodeType === Node.COMMENT_NODE) {
      const text = (node as Comment).data;
      if (text === closing && depth-- === 0) return { nodes, end: node };
      if (text.startsWith(opening)) depth++;
    }
    nodes.push(node);
    node = node.nextSibling;
  }
  throw new Error(
    `Expected <!--${closing}--> after <!--${start.data}-->, found the end`,
  );
}

function comments(root: Node, prefix: string): Comment[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found: Comment[] = [];
  while (walker.nextNode()) {
    const comment = walker.currentNode as Comment;
    if (comment.data.startsWith(prefix)) found.push(comment);
  }
  return found;
}

/** Server-rendered nodes as vnodes, so that an island can keep, move or drop them. */
class SlotReader {
  readonly #islands: (id: number) => VNode;

  constructor(islands: (id: number) => VNode) {
    this.#islands = islands;
  }

  read(nodes: readonly Node[]): ComponentChild[] {
    const out: ComponentChild[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i];
      if (node.nodeType === Node.TEXT_NODE) out.push((node as Text).data);
      else if (node.nodeType === Node.ELEMENT_NODE) {
        out.push(this.#element(node as Element));
      } else if ((node as Comment).data?.startsWith(ISLAND)) {
        const { end } = between(node as Comment, ISLAND, ISLAND_END);
        out.push(
          this.#islands(Number((node as Comment).data.slice(ISLAND.length))),
        );
        i = nodes.indexOf(end as ChildNode, i);
      }
    }
    return out;
  }

  #element(element: Element): ComponentChild {
    const props: Record<string, string> = {};
    for (const { name, value } of element.attributes) props[name] = value;
    return h(element.localName, props, ...this.read([...element.childNodes]));
  }
}

/** Preact's own fields of a vnode (names as published): children and DOM node. */
interface RenderedVNode {
  type: unknown;
  __k?: (RenderedVNode | null)[] | null;
  __e?: Node | null;
}

/** DOM nodes that stand for `vnode` itself, not those below them. */
function ownNodes(vnode: RenderedVNode | null, out: Set<Node>): Set<Node> {
  if (!vnode) return out;
  if (typeof vnode.type !== "function") {
    return vnode.__e ? out.add(vnode.__e) : out;
  }
  for (const child of vnode.__k ?? []) ownNodes(child, out);
  return out;
}

/** Renders into a marked range; server nodes that the island does not take over are removed. */
function mount(vnode: VNode, parent: Node, nodes: Node[], end: Node): void {
  const root = rangeRoot(parent, nodes, end);
  render(vnode, root);
  const kept = ownNodes(
    (root as unknown as { __k: RenderedVNode }).__k,
    new Set(),
  );
  for (const node of nodes) {
    if (!kept.has(node)) node.parentNode?.removeChild(node);
  }
}

/** Starts every island of the page. */
export async function boot(): Promise<void> {
  const text = document.getElementById(DATA_ID)?.textContent;
  if (!text) return;
  const slots = new Map<number, VNode>();
  const components: AnyComponent[] = [];
  // Read lazily: the content of a slot may hold islands, whose props come from the same table.
  const data = deserialize(text, (id) => h(() => slots.get(id) ?? null, null));
  setBuildId(data.buildId);
  const island = (id: number) => h(components[id], data.islands[id].props);
  const reader = new SlotReader(island);
  const nested = new Set<number>();

  components.push(...await Promise.all(data.islands.map(loadComponent)));
  for (const start of comments(document, SLOT)) {
    const { nodes } = between(start, SLOT, SLOT_END);
    readSlot(Number(start.data.slice(SLOT.length)), nodes);
  }
  for (
    const template of document.querySelectorAll(
      `template[id^="${DATA_ID}-slot-"]`,
    )
  ) {
    const nodes = [...(template as HTMLTemplateElement).content.childNodes];
    readSlot(Number(template.id.slice(`${DATA_ID}-slot-`.length)), nodes);
  }
  for (const start of comments(document, ISLAND)) {
    const id = Number(start.data.slice(ISLAND.length));
    if (nested.has(id)) continue;
    const { nodes, end } = between(start, ISLAND, ISLAND_END);
    mount(island(id), start.parentNode!, nodes, end);
  }

  function readSlot(id: number, nodes: Node[]): void {
    const holder = document.createDocumentFragment();
    for (const node of nodes) holder.append(node.cloneNode(true));
    for (const inner of comments(holder, ISLAND)) {
      nested.add(Number(inner.data.slice(ISLAND.length)));
    }
    slots.set(id, h(Fragment, null, ...reader.read([...holder.childNodes])));
  }
}

async function loadComponent(
  { module, exportName }: IslandRecord,
): Promise<AnyComponent> {
  return (await import(module))[exportName];
}

boot();
