// Runs every program that nests deeply; an overflow of the host's stack ends it with an error.

import { LIMITS } from "../../../lib/benchmarks/javascript/meter.ts";
import { HOSTILE, nested } from "./hostile.ts";
import { inOurs } from "./both.ts";

const bodies = [...nested(LIMITS.sourceUnits - 20), ...HOSTILE.map(([body]) => body)];
for (const body of bodies) inOurs(`function f(x) {${body}\n}`, [1]);
console.log(`${bodies.length} programs ended`);
