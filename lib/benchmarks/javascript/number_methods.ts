// Methods of numbers, as far as ECMA-262 fixes every digit.

import { toInteger } from "./conversions.ts";
import { thrown, unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import type { Value } from "./values.ts";

type NumberMethod = (machine: Machine, number: number, args: readonly Value[]) => Value;

const METHODS: Record<string, NumberMethod> = {
  toString(machine: Machine, number: number, [radix]: readonly Value[]) {
    const base = radix === undefined ? 10 : toInteger(machine, radix);
    if (base < 2 || base > 36) throw thrown("RangeError", "a radix is from 2 to 36");
    if (base !== 10 && !Number.isSafeInteger(number)) {
      throw unsupported("a fraction in another base than 10");
    }
    return number.toString(base);
  },
  toFixed(machine, number, [digits]) {
    const count = toInteger(machine, digits);
    if (count < 0 || count > 100) throw thrown("RangeError", "toFixed takes 0 to 100 digits");
    return number.toFixed(count);
  },
};

export const NUMBER_METHODS: ReadonlyMap<string, NumberMethod> = new Map(Object.entries(METHODS));
