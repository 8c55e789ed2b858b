// Math, Number, String, Object, Array and the other names a program begins with.

import { describe, iterate, listOf, toInteger, toNumber, toText } from "./conversions.ts";
import { thrown, unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { power } from "./operators.ts";
import { getProperty, hasOwn, ownKeys, setProperty } from "./properties.ts";
import { Scope } from "./scope.ts";
import {
  isCallable,
  isObject,
  Native,
  type NativeCall,
  PlainObject,
  type Value,
} from "./values.ts";

/** JavaScript's other global names: known, so the reason can say that they are left out. */
const UNSUPPORTED = new Set([
  ..."AggregateError ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array DataView Date".split(
    " ",
  ),
  ..."Error EvalError FinalizationRegistry Float32Array Float64Array Function Int16Array".split(
    " ",
  ),
  ..."Int32Array Int8Array Intl Iterator JSON Map Promise Proxy RangeError ReferenceError".split(
    " ",
  ),
  ..."Reflect RegExp Set SharedArrayBuffer Symbol SyntaxError TypeError URIError".split(" "),
  ..."Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet".split(" "),
  ..."arguments console decodeURI decodeURIComponent encodeURI encodeURIComponent escape".split(
    " ",
  ),
  ..."eval globalThis self setTimeout structuredClone unescape window".split(" "),
]);

export function isUnsupportedGlobal(name: string): boolean {
  return UNSUPPORTED.has(name);
}

/** A fresh scope with every built-in; all are constants. */
export function globalScope(): Scope {
  const scope = new Scope(null);
  for (const [name, value] of Object.entries(GLOBALS)) scope.declare(name, value, true);
  return scope;
}

/** A namespace of functions and constants. */
function namespace(
  name: string,
  call: NativeCall | null,
  calls: Record<string, NativeCall>,
  constants: Record<string, number> = {},
): Native {
  return new Native(name, call, { ...natives(calls), ...constants });
}

function natives(calls: Record<string, NativeCall>): Record<string, Native> {
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [name, new Native(name, call)]),
  );
}

const onNumber = (compute: (x: number) => number): NativeCall => (machine, [x]) =>
  compute(toNumber(machine, x));

const MATH = namespace("Math", null, {
  abs: onNumber(Math.abs),
  ceil: onNumber(Math.ceil),
  floor: onNumber(Math.floor),
  max: (machine, args) => extreme(machine, args, Math.max),
  min: (machine, args) => extreme(machine, args, Math.min),
  pow: (machine, [base, exponent]) => power(toNumber(machine, base), toNumber(machine, exponent)),
  round: onNumber(Math.round),
  sign: onNumber(Math.sign),
  sqrt: onNumber(Math.sqrt),
  trunc: onNumber(Math.trunc),
}, { E: Math.E, PI: Math.PI });

/** The largest or smallest; of nothing, the other end of the line. */
function extreme(
  machine: Machine,
  args: readonly Value[],
  pick: (...numbers: number[]) => number,
): number {
  let found = pick();
  for (const arg of args) {
    machine.meter.step();
    found = pick(found, toNumber(machine, arg));
  }
  return found;
}

const parse: Record<string, NativeCall> = {
  parseFloat(machine, [text]) {
    const read = toText(machine, text);
    machine.meter.read(read.length);
    return parseFloat(read);
  },
  parseInt(machine, [text, radix]) {
    const read = toText(machine, text), base = toNumber(machine, radix);
    machine.meter.read(read.length);
    const parsed = parseInt(read, base);
    if (Number.isNaN(parsed) || Number.isSafeInteger(parsed)) return parsed;
    throw unsupported("a whole number beyond 2^53 from parseInt");
  },
};

const NUMBER = namespace(
  "Number",
  (machine, args) => args.length === 0 ? 0 : toNumber(machine, args[0]),
  {
    ...parse,
    isFinite: (_machine, [x]) => Number.isFinite(x),
    isInteger: (_machine, [x]) => Number.isInteger(x),
    isNaN: (_machine, [x]) => Number.isNaN(x),
    isSafeInteger: (_machine, [x]) => Number.isSafeInteger(x),
  },
  {
    EPSILON: Number.EPSILON,
    MAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
    MAX_VALUE: Number.MAX_VALUE,
    MIN_SAFE_INTEGER: Number.MIN_SAFE_INTEGER,
    MIN_VALUE: Number.MIN_VALUE,
    NEGATIVE_INFINITY: -Infinity,
    NaN: NaN,
    POSITIVE_INFINITY: Infinity,
  },
);

const STRING = namespace(
  "String",
  (machine, args) => args.length === 0 ? "" : toText(machine, args[0]),
  {
    fromCharCode(machine, args) {
      machine.meter.makeString(args.length);
      return args.map((code) => String.fromCharCode(toNumber(machine, code))).join("");
    },
  },
);

const OBJECT = namespace("Object", null, {
  assign(machine, [target, ...sources]) {
    if (!isObject(target)) throw unsupported("Object.assign to no object");
    for (const source of sources) {
      if (source === undefined || source === null) continue;
      for (const key of ownKeys(machine, source)) {
        setProperty(machine, target, key, getProperty(machine, source, key));
      }
    }
    return target;
  },
  entries: (machine, [object]) =>
    ownKeys(machine, object).map((key) => [key, getProperty(machine, object, key)]),
  fromEntries(machine, [entries]) {
    const object = new PlainObject();
    for (const entry of iterate(entries)) {
      machine.meter.step();
      const key = getProperty(machine, entry, 0);
      setProperty(machine, object, key, getProperty(machine, entry, 1));
    }
    return object;
  },
  hasOwn(machine, [object, key]) {
    if (object === undefined || object === null) {
      throw thrown("TypeError", `${object} has no keys`);
    }
    return hasOwn(object, toText(machine, key));
  },
  keys: (machine, [object]) => ownKeys(machine, object),
  values: (machine, [object]) =>
    ownKeys(machine, object).map((key) => getProperty(machine, object, key)),
});

const ARRAY = namespace("Array", makeArray, {
  from(machine, [source, change]) {
    if (change !== undefined && !isCallable(change)) {
      throw thrown("TypeError", `${describe(change)} is not a function`);
    }
    const items = Array.isArray(source) || typeof source === "string"
      ? listOf(machine, source)
      : arrayLike(machine, source);
    return change === undefined
      ? items
      : items.map((item, index) => machine.call(change, [item, index]));
  },
  isArray: (_machine, [value]) => Array.isArray(value),
  of(machine, items) {
    machine.meter.makeArray(items.length);
    return [...items];
  },
});

/** `Array(length)` has holes alone; other arguments are the items. */
function makeArray(machine: Machine, args: readonly Value[]): Value[] {
  const [length] = args;
  if (args.length !== 1 || typeof length !== "number") {
    machine.meter.makeArray(args.length);
    return [...args];
  }
  if (length >>> 0 !== length) throw thrown("RangeError", `${length} is no length of an array`);
  machine.meter.makeArray(length);
  return new Array(length);
}

/** The items of an object with a length, such as `{ length: 3 }`. */
function arrayLike(machine: Machine, source: Value): Value[] {
  if (source === undefined || source === null) {
    throw thrown("TypeError", `${describe(source)} is not iterable`);
  }
  if (!(source instanceof PlainObject)) return [];
  const length = Math.max(0, toInteger(machine, source.properties.length));
  machine.meter.makeArray(length);
  return Array.from({ length }, (_, i) => source.properties[i]);
}

const GLOBALS: Record<string, Value> = {
  ...natives({
    ...parse,
    Boolean: (_machine, [value]) => Boolean(value),
    isFinite: (machine, [x]) => Number.isFinite(toNumber(machine, x)),
    isNaN: (machine, [x]) => Number.isNaN(toNumber(machine, x)),
  }),
  Array: ARRAY,
  Infinity,
  Math: MATH,
  NaN,
  Number: NUMBER,
  Object: OBJECT,
  String: STRING,
  undefined,
};
