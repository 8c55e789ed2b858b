// Island props as text: one table for all islands of a page, so that what they share stays shared.

import { Signal, signal } from "@preact/signals";
import { parse, stringify } from "devalue";
import type { VNode } from "preact";

/** Markers in the page around an island: `<!--island:0-->…<!--/island-->`. */
export const ISLAND = "island:";
export const ISLAND_END = "/island";
/** Markers around server-rendered JSX inside an island: `<!--slot:0-->…<!--/slot-->`. */
export const SLOT = "slot:";
export const SLOT_END = "/slot";
/** Id of the element that holds the page's `PageData`. */
export const DATA_ID = "__FRSH_DATA";

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

/** Text of `data`, safe inside a `<script>` element. */
export function serialize(data: PageData): string {
  const text = stringify(data, {
    Slot: (value: unknown) => value instanceof SlotReference && { id: value.id },
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
    Signal: ({ value }: { value: unknown }) => signal(value),
  });
}
