// Turns what the server rendered into vnodes: elements, islands with their props, slots, partials.

import { type ComponentChild, type ComponentType, Fragment, h, type VNode } from "preact";
import {
  DATA_ID,
  deserialize,
  ISLAND,
  type IslandRecord,
  KEY,
  KEY_ATTRIBUTE,
  type PageData,
  PARTIAL,
  SLOT,
} from "./props.ts";
import { markers, openingOf, rangeFrom } from "./ranges.ts";

type AnyComponent = ComponentType<Record<string, unknown>>;

/** Makes the vnode of a partial; only where client navigation is in use. */
export type PartialVNode = (marker: Comment, content: ComponentChild[]) => VNode;

/** Parts of a marker after its kind: `partial:a:replace:k` → `a`, `replace`, `k`. */
export function markerParts(marker: Comment): string[] {
  return marker.data.split(":").slice(1).map(decodeURIComponent);
}

async function loadComponent({ module, exportName }: IslandRecord): Promise<AnyComponent> {
  // Seen from the page, not from this script: the two differ where a page names it relatively.
  return (await import(new URL(module, document.baseURI).href))[exportName];
}

/** A page of the server: the one that is open, or an answer to client navigation. */
export class PageReader {
  readonly data: PageData;
  readonly #components: AnyComponent[];
  readonly #slots: Map<number, VNode>;
  readonly #partial: PartialVNode | null;

  private constructor(
    data: PageData,
    components: AnyComponent[],
    slots: Map<number, VNode>,
    partial: PartialVNode | null,
  ) {
    this.data = data;
    this.#components = components;
    this.#slots = slots;
    this.#partial = partial;
  }

  /** Reads the data of `page`, loads the scripts of its islands, and keeps what their slots hold. */
  static async open(
    page: Document,
    dataId: string = DATA_ID,
    partial: PartialVNode | null = null,
  ): Promise<PageReader> {
    // The last one: what stands in the page before it may not take its place.
    const text = [...page.querySelectorAll(`script[id="${dataId}"]`)].at(-1)?.textContent;
    const slots = new Map<number, VNode>();
    // Read lazily: the content of a slot may hold islands, whose props come from the same table.
    const slot = (id: number) => h(() => slots.get(id) ?? null, null);
    const data = text ? deserialize(text, slot) : { buildId: "", islands: [] };
    const components = await Promise.all(data.islands.map(loadComponent));
    const reader = new PageReader(data, components, slots, partial);
    reader.#readSlots(page);
    return reader;
  }

  /** The island a marker stands for. */
  island(marker: Comment): VNode {
    const [id, key] = markerParts(marker);
    const { props } = this.data.islands[Number(id)];
    return h(this.#components[Number(id)], { ...props, key: key || undefined });
  }

  /** The partial a marker stands for; `nodes` are between the marker and its end. */
  partial(marker: Comment, nodes: readonly Node[]): VNode {
    return this.#partial!(marker, this.read(nodes));
  }

  read(nodes: readonly Node[]): ComponentChild[] {
    const out: ComponentChild[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i];
      const opening = openingOf(node, [ISLAND, KEY, ...(this.#partial ? [PARTIAL] : [])]);
      if (opening) {
        const range = rangeFrom(node as Comment, opening);
        out.push(this.#marked(opening, range.start, range.nodes));
        i = nodes.indexOf(range.end, i);
      } else if (node.nodeType === 3) {
        out.push((node as Text).data);
      } else if (node.nodeType === 1) {
        out.push(this.#element(node as Element));
      }
    }
    return out;
  }

  #marked(opening: string, marker: Comment, nodes: readonly Node[]): VNode {
    if (opening === ISLAND) return this.island(marker);
    if (opening === PARTIAL) return this.partial(marker, nodes);
    return h(Fragment, { key: markerParts(marker)[0] }, this.read(nodes));
  }

  #element(element: Element): VNode {
    const props: Record<string, unknown> = {};
    for (const { name, value } of element.attributes) {
      if (name === KEY_ATTRIBUTE) props.key = value;
      else if (!name.startsWith("on")) {
        const flag = value === "" && (element as never)[name] === true;
        props[name] = flag ? true : value;
      }
    }
    const content = element instanceof HTMLTemplateElement ? element.content : element;
    return h(element.localName, props, ...this.read([...content.childNodes])) as VNode;
  }

  #readSlots(page: Document): void {
    for (const start of markers(page.body, SLOT)) {
      const [id] = markerParts(start);
      this.#slots.set(Number(id), h(Fragment, null, this.read(rangeFrom(start, SLOT).nodes)));
    }
    const prefix = `${DATA_ID}-slot-`;
    for (const template of page.querySelectorAll(`template[id^="${prefix}"]`)) {
      const nodes = [...(template as HTMLTemplateElement).content.childNodes];
      this.#slots.set(
        Number(template.id.slice(prefix.length)),
        h(Fragment, null, this.read(nodes)),
      );
    }
  }
}
