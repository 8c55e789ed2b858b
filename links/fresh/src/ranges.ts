// Parts of the document between two markers: finds them, and renders into them.

import { render, type VNode } from "preact";
import { closing } from "./props.ts";

/** The nodes between a marker and the one that closes it. */
export interface Range {
  start: Comment;
  nodes: Node[];
  end: Node;
}

function isComment(node: Node): node is Comment {
  return node.nodeType === 8; // Node.COMMENT_NODE
}

/** What stands between `start` and the marker that closes it on the same level. */
export function rangeFrom(start: Comment, opening: string): Range {
  const nodes: Node[] = [];
  let depth = 0;
  for (let node = start.nextSibling; node; node = node.nextSibling) {
    if (isComment(node)) {
      if (node.data === closing(opening) && depth-- === 0) return { start, nodes, end: node };
      if (node.data.startsWith(opening)) depth++;
    }
    nodes.push(node);
  }
  throw new Error(
    `Expected <!--${closing(opening)}--> after <!--${start.data}-->, found the end of ` +
      `<${start.parentNode?.nodeName.toLowerCase()}>: invalid HTML nesting, such as a block inside a paragraph`,
  );
}

/** The kind of marker a node is, among `openings`. */
export function openingOf(node: Node, openings: readonly string[]): string | undefined {
  return isComment(node) ? openings.find((opening) => node.data.startsWith(opening)) : undefined;
}

/** Comments below `root` that start with `opening`, at any depth, in the order of the document. */
export function markers(root: Node, opening: string): Comment[] {
  const walker = root.ownerDocument!.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found: Comment[] = [];
  while (walker.nextNode()) {
    const comment = walker.currentNode as Comment;
    if (comment.data.startsWith(opening)) found.push(comment);
  }
  return found;
}

/** Ranges below `parent` that are in no other range; `onError` hears of broken ones. */
export function outermost(
  parent: Node,
  openings: readonly string[],
  onError: (error: unknown, start: Comment) => void,
): Range[] {
  const found: Range[] = [];
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    const opening = openingOf(node, openings);
    if (!opening) {
      found.push(...outermost(node, openings, onError));
      continue;
    }
    try {
      const range = rangeFrom(node as Comment, opening);
      found.push(range);
      node = range.end as ChildNode;
    } catch (error) {
      onError(error, node as Comment);
    }
  }
  return found;
}

/** The range in the guise of an element, so that Preact renders into it. */
function rangeRoot(parent: Node, { nodes, end }: Range): Element {
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

/** Preact's own fields of a vnode (names as published): children and DOM node. */
interface RenderedVNode {
  type: unknown;
  __k?: (RenderedVNode | null)[] | null;
  __e?: Node | null;
}

/** DOM nodes that stand for `vnode` itself, not those below them. */
function ownNodes(vnode: RenderedVNode | null, out: Set<Node>): Set<Node> {
  if (!vnode) return out;
  if (typeof vnode.type !== "function") return vnode.__e ? out.add(vnode.__e) : out;
  for (const child of vnode.__k ?? []) ownNodes(child, out);
  return out;
}

/** Renders into a range; server nodes that `vnode` does not take over are removed. */
export function mount(vnode: VNode, range: Range): void {
  const root = rangeRoot(range.start.parentNode!, range);
  render(vnode, root);
  const kept = ownNodes((root as unknown as { __k: RenderedVNode }).__k, new Set());
  for (const node of range.nodes) {
    if (!kept.has(node)) node.parentNode?.removeChild(node);
  }
}
