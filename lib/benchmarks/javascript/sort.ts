// Array.prototype.sort: stable merge sort, so that what an inconsistent comparator does is the same
// everywhere. Any consistent one gives the only order JavaScript allows.

import { describe, toNumber, toText } from "./conversions.ts";
import { thrown } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { isCallable, type Value } from "./values.ts";

type Compare<Item> = (a: Item, b: Item) => number;

/** Sorts in place: items, then undefined, then holes. Without a comparator, by text. */
export function stableSort(machine: Machine, items: Value[], comparator: Value): Value[] {
  if (comparator !== undefined && !isCallable(comparator)) {
    throw thrown("TypeError", `${describe(comparator)} is no comparator`);
  }
  machine.meter.makeArray(items.length);
  const present = items.filter(() => true), { length } = items;
  const values = present.filter((item) => item !== undefined);
  const sorted = comparator === undefined
    ? sortByText(machine, values)
    : mergeSort(values, (a, b) => toNumber(machine, machine.call(comparator, [a, b])));
  for (let i = 0; i < length; i++) {
    if (i < present.length) items[i] = sorted[i];
    else delete items[i];
  }
  return items;
}

function sortByText(machine: Machine, values: readonly Value[]): Value[] {
  const entries = values.map((value) => ({ value, text: toText(machine, value) }));
  const compare: Compare<{ text: string }> = (a, b) => {
    machine.meter.step();
    machine.meter.read(Math.min(a.text.length, b.text.length));
    return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  };
  return mergeSort(entries, compare).map(({ value }) => value);
}

/** NaN from `compare` counts as equal. */
function mergeSort<Item>(items: readonly Item[], compare: Compare<Item>): Item[] {
  if (items.length < 2) return [...items];
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), compare);
  const right = mergeSort(items.slice(middle), compare);
  const merged: Item[] = [];
  let l = 0, r = 0;
  while (l < left.length && r < right.length) {
    merged.push(compare(left[l], right[r]) > 0 ? right[r++] : left[l++]);
  }
  return [...merged, ...left.slice(l), ...right.slice(r)];
}
