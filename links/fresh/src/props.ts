// Island props as text: one table for all islands of a page, so that what they share stays shared.

import { computed, Signal, signal } from "@preact/signals";
import { parse, stringify } from "devalue";
import type { VNode } from "preact";

/** Markers in the page around an island: `<!--island:0:key-->…<!--/island-->`. */
export const ISLAND = "island:";
/** Markers around server-rendered JSX inside an island: `<!--slot:0-->…<!--/slot-->`. */
export const SLOT = "slot:";
/** Markers around a partial: `<!--partial:name:mode:key-->…<!--/partial-->`. */
export const PARTIAL = "partial:";
/** Markers around a component with a key inside a partial: `<!--key:key-->…<!--/key-->`. */
export const KEY = "key:";
/** Attribute that keeps the key of an element inside a partial. */
export const KEY_ATTRIBUTE = "data-fresh-key";
/** Id of the element that holds the page's `PageData`. */
export const DATA_ID = "__FRSH_DATA";

/** Text of the marker that closes one that starts with `opening`. */
export function closing(opening: string): string {
  return `/${opening.slice(0, -1)}`;
}

/** One island on the page: where its component is and what it was given. */
export interface IslandRecord {
  /** Address of the script. */
  module: string;
  exportName: string;
  props: Record<string, unknown>;
}

export interface PageData {
  buildId: string;
  islands: IslandRecord[];
}

/** Stands for JSX that was rendered on the server. */
export class SlotReference {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

/** A vnode, told apart from a signal (which also has `constructor` hidden from view). */
export function isVNode(value: unknown): value is VNode {
  return typeof value === "object" && value !== null &&
    !(value instanceof Signal) &&
    "__k" in value && "__v" in value && "type" in value &&
    value.constructor === undefined;
}

const COMPUTED = Object.getPrototypeOf(computed(() => 0));

function isComputed(value: unknown): value is Signal {
  return value instanceof Signal && Object.getPrototypeOf(value) === COMPUTED;
}

/** Text of `data`, safe inside a `<script>` element. */
export function serialize(data: PageData): string {
  const text = stringify(data, {
    Slot: (value: unknown) => value instanceof SlotReference && { id: value.id },
    Computed: (value: unknown) => isComputed(value) && { value: value.peek() },
    Signal: (value: unknown) => value instanceof Signal && { value: value.peek() },
  });
  return text.replaceAll("<", "\\u003c");
}

/** `slot` turns the id of server-rendered JSX into what the island renders in its place. */
export function deserialize(
  text: string,
  slot: (id: number) => unknown,
): PageData {
  return parse(text, {
    Slot: ({ id }: { id: number }) => slot(id),
    Computed: ({ value }: { value: unknown }) => computed(() => value),
    Signal: ({ value }: { value: unknown }) => signal(value),
  });
}
