// Methods of arrays (ECMA-262, section 23.1.3), holes included. Callbacks get item, index, array.

import {
  describe,
  joinItems,
  relativeIndex,
  strictEquals,
  toInteger,
  toText,
} from "./conversions.ts";
import { thrown } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { stableSort } from "./sort.ts";
import { isCallable, type Value } from "./values.ts";

type ArrayMethod = (machine: Machine, items: Value[], args: readonly Value[]) => Value;

const METHODS: Record<string, ArrayMethod> = {
  at(machine, items, [index]) {
    const place = toInteger(machine, index);
    return items[place < 0 ? items.length + place : place];
  },
  concat(machine, items, args) {
    const length = args.reduce<number>(
      (sum, arg) => sum + (Array.isArray(arg) ? arg.length : 1),
      items.length,
    );
    machine.meter.makeArray(length);
    return items.concat(...args);
  },
  every: (machine, items, [test]) =>
    visit(machine, items, test, ({ result }) => !result) === undefined,
  fill(machine, items, [value, start, end]) {
    const { length } = items;
    const from = relativeIndex(machine, start, { length, missing: 0 });
    const to = relativeIndex(machine, end, { length, missing: length });
    machine.meter.makeArray(Math.max(0, to - from));
    return items.fill(value, from, to);
  },
  filter(machine, items, [test]) {
    const kept: Value[] = [];
    visit(machine, items, test, ({ item, result }) => {
      if (result) kept.push(item);
    });
    return made(machine, kept);
  },
  find: (machine, items, [test]) => search(machine, items, test, places(items)).item,
  findIndex: (machine, items, [test]) => search(machine, items, test, places(items)).index,
  findLast: (machine, items, [test]) => search(machine, items, test, places(items).reverse()).item,
  findLastIndex: (machine, items, [test]) =>
    search(machine, items, test, places(items).reverse()).index,
  flat(machine, items, [depth]) {
    const flat: Value[] = [];
    flatten(machine, items, depth === undefined ? 1 : toInteger(machine, depth), flat);
    return flat;
  },
  flatMap(machine, items, [change]) {
    const flat: Value[] = [];
    visit(machine, items, change, ({ result }) => {
      if (Array.isArray(result)) flatten(machine, result, 0, flat);
      else flat.push(result);
    });
    return made(machine, flat);
  },
  forEach(machine, items, [action]) {
    visit(machine, items, action, () => {});
    return undefined;
  },
  includes(machine, items, [wanted, start]) {
    const from = relativeIndex(machine, start, { length: items.length, missing: 0 });
    for (let i = from; i < items.length; i++) {
      machine.meter.step();
      if (Number.isNaN(wanted) ? Number.isNaN(items[i]) : strictEquals(machine, items[i], wanted)) {
        return true;
      }
    }
    return false;
  },
  indexOf(machine, items, [wanted, start]) {
    const from = relativeIndex(machine, start, { length: items.length, missing: 0 });
    for (let i = from; i < items.length; i++) {
      machine.meter.step();
      if (i in items && strictEquals(machine, items[i], wanted)) return i;
    }
    return -1;
  },
  join(machine, items, [separator]) {
    return joinItems(machine, items, separator === undefined ? "," : toText(machine, separator));
  },
  lastIndexOf(machine, items, args) {
    const last = items.length - 1;
    const start = args.length > 1 ? toInteger(machine, args[1]) : last;
    for (let i = start < 0 ? items.length + start : Math.min(start, last); i >= 0; i--) {
      machine.meter.step();
      if (i in items && strictEquals(machine, items[i], args[0])) return i;
    }
    return -1;
  },
  map(machine, items, [change]) {
    machine.meter.makeArray(items.length);
    const mapped: Value[] = new Array(items.length);
    visit(machine, items, change, ({ index, result }) => {
      mapped[index] = result;
    });
    return mapped;
  },
  pop: (_machine, items) => items.pop(),
  push(machine, items, args) {
    machine.meter.checkLength(items.length + args.length);
    machine.meter.makeArray(args.length);
    return items.push(...args);
  },
  reduce: (machine, items, args) => reduce(machine, items, args, places(items)),
  reduceRight: (machine, items, args) => reduce(machine, items, args, places(items).reverse()),
  reverse(machine, items) {
    machine.meter.step(items.length);
    return items.reverse();
  },
  shift(machine, items) {
    machine.meter.step(items.length);
    return items.shift();
  },
  slice(machine, items, [start, end]) {
    const { length } = items;
    const from = relativeIndex(machine, start, { length, missing: 0 });
    return made(
      machine,
      items.slice(from, relativeIndex(machine, end, { length, missing: length })),
    );
  },
  some: (machine, items, [test]) =>
    visit(machine, items, test, ({ result }) => Boolean(result)) !== undefined,
  sort: (machine, items, [comparator]) => stableSort(machine, items, comparator),
  splice(machine, items, args) {
    const { length } = items, [start, count, ...added] = args;
    const from = relativeIndex(machine, start, { length, missing: 0 });
    const most = length - from;
    const removed = args.length === 0
      ? 0
      : args.length === 1
      ? most
      : Math.min(Math.max(0, toInteger(machine, count)), most);
    machine.meter.makeArray(length - removed + added.length);
    return items.splice(from, removed, ...added);
  },
  toReversed: (machine, items) => made(machine, [...items]).reverse(),
  toSorted: (machine, items, [comparator]) =>
    stableSort(machine, made(machine, [...items]), comparator),
  toString: (machine: Machine, items: Value[]) => joinItems(machine, items, ","),
  unshift(machine, items, args) {
    machine.meter.makeArray(items.length + args.length);
    return items.unshift(...args);
  },
};

export const ARRAY_METHODS: ReadonlyMap<string, ArrayMethod> = new Map(Object.entries(METHODS));

function made(machine: Machine, items: Value[]): Value[] {
  machine.meter.makeArray(items.length);
  return items;
}

function requireCallable(value: Value): void {
  if (!isCallable(value)) throw thrown("TypeError", `${describe(value)} is not a function`);
}

interface Visit {
  item: Value;
  index: number;
  result: Value;
}

/**
 * Calls `callback(item, index, items)` for every item there is, up to the length of the start, and
 * gives `take` what it returned; true from `take` ends it. Returns where it ended, if it did.
 */
function visit(
  machine: Machine,
  items: Value[],
  callback: Value,
  take: (visit: Visit) => boolean | void,
): Visit | undefined {
  requireCallable(callback);
  const { length } = items;
  for (let index = 0; index < length; index++) {
    machine.meter.step();
    if (!(index in items)) continue;
    const item = items[index];
    const found = { item, index, result: machine.call(callback, [item, index, items]) };
    if (take(found) === true) return found;
  }
  return undefined;
}

/** All places of an array, holes too. */
function places(items: readonly Value[]): number[] {
  return [...items.keys()];
}

function search(
  machine: Machine,
  items: Value[],
  test: Value,
  order: readonly number[],
): { item: Value; index: number } {
  requireCallable(test);
  for (const index of order) {
    machine.meter.step();
    const item = items[index];
    if (machine.call(test, [item, index, items])) return { item, index };
  }
  return { item: undefined, index: -1 };
}

function reduce(
  machine: Machine,
  items: Value[],
  args: readonly Value[],
  order: readonly number[],
): Value {
  const [callback, initial] = args;
  requireCallable(callback);
  let started = args.length > 1, folded = initial;
  for (const index of order) {
    machine.meter.step();
    if (!(index in items)) continue;
    folded = started ? machine.call(callback, [folded, items[index], index, items]) : items[index];
    started = true;
  }
  if (!started) throw thrown("TypeError", "reduce of no items needs a start");
  return folded;
}

function flatten(machine: Machine, items: Value[], depth: number, into: Value[]): void {
  machine.meter.enter();
  for (let i = 0; i < items.length; i++) {
    machine.meter.step();
    if (!(i in items)) continue;
    const item = items[i];
    if (depth > 0 && Array.isArray(item)) {
      flatten(machine, item, depth - 1, into);
    } else {
      machine.meter.checkLength(into.length + 1);
      machine.meter.makeArray(1);
      into.push(item);
    }
  }
  machine.meter.leave();
}
