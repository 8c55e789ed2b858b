// Runs in the browser where client navigation is in use: exchanges the partials of a page.

import { Component, type ComponentChild, Fragment, h, type VNode } from "preact";
import { DATA_ID, PARTIAL } from "./props.ts";
import { openingOf, rangeFrom } from "./ranges.ts";
import { mergeHead } from "./merge_head.ts";
import { markerParts, PageReader } from "./reader.ts";
import { listen, NoPartialsError } from "./navigation.ts";
import type { PartialMode } from "./shared.ts";

interface Part {
  id: number;
  content: ComponentChild[];
}

interface PartialState {
  /** What the parent gave last, to see when it gives something else. */
  from: ComponentChild[];
  parts: Part[];
}

interface PartialViewProps {
  name: string;
  mode: PartialMode;
  content: ComponentChild[];
}

/** Partials on the page, by name. */
const active = new Map<string, PartialView>();

let made = 0;

/** What a partial shows after new content came in. */
function changed(old: Part[], content: ComponentChild[], mode: PartialMode): Part[] {
  if (mode === "replace") return [{ id: old[0].id, content }];
  const added = { id: made++, content };
  return mode === "prepend" ? [added, ...old] : [...old, added];
}

class PartialView extends Component<PartialViewProps, PartialState> {
  override state: PartialState = {
    from: this.props.content,
    parts: [{ id: made++, content: this.props.content }],
  };

  static override getDerivedStateFromProps(
    { content, mode }: PartialViewProps,
    { from, parts }: PartialState,
  ): PartialState | null {
    return content === from ? null : { from: content, parts: changed(parts, content, mode) };
  }

  override componentDidMount(): void {
    active.set(this.props.name, this);
  }

  override componentWillUnmount(): void {
    if (active.get(this.props.name) === this) active.delete(this.props.name);
  }

  change(content: ComponentChild[], mode: PartialMode): Promise<void> {
    const parts = changed(this.state.parts, content, mode);
    return new Promise((done) => this.setState({ parts }, done));
  }

  override render(): VNode[] {
    return this.state.parts.map(({ id, content }) => h(Fragment, { key: id }, content));
  }
}

export function partialVNode(marker: Comment, content: ComponentChild[]): VNode {
  const [name, mode, key] = markerParts(marker);
  return h(PartialView, {
    key: key || undefined,
    name,
    mode: mode as PartialMode,
    content,
  }) as VNode;
}

/** Puts the partials of an answer where the page has them. */
async function apply(res: Response): Promise<void> {
  if (!res.headers.get("content-type")?.startsWith("text/html")) {
    throw new Error(
      `Expected HTML with partials from ${res.url}, got ${res.headers.get("content-type")}`,
    );
  }
  const page = new DOMParser().parseFromString(await res.text(), "text/html");
  const dataId = `${DATA_ID}-${res.headers.get("x-fresh-id")}`;
  const reader = await PageReader.open(page, dataId, partialVNode);
  const found = changesIn(page.body, reader);
  if (found.total === 0) {
    throw new NoPartialsError(
      `Found no partials in HTML response: expected at least one <Partial> in ${res.url}`,
    );
  }
  mergeHead(page);
  await Promise.all(found.changes.map((change) => change()));
}

/** What an answer changes: the outermost of its partials that the page has. */
function changesIn(
  parent: Node,
  reader: PageReader,
): { total: number; changes: (() => Promise<void>)[] } {
  const found = { total: 0, changes: [] as (() => Promise<void>)[] };
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    if (!openingOf(node, [PARTIAL])) {
      const below = changesIn(node, reader);
      found.total += below.total;
      found.changes.push(...below.changes);
      continue;
    }
    found.total++;
    const { start, nodes, end } = rangeFrom(node as Comment, PARTIAL);
    const [name, mode] = markerParts(start);
    const view = active.get(name);
    if (view) {
      found.changes.push(() => view.change(reader.read(nodes), mode as PartialMode));
      node = end as ChildNode;
    } else {
      console.warn(`Partial "${name}" not found in the page, nothing is changed for it`);
    }
  }
  return found;
}

/** From here on, links and forms below `f-client-nav` are answered in place. */
export function start(): void {
  listen(apply);
}
