// Prints the golden digests and the self-test of this runtime as JSON, for comparing runtimes.

import { engineBinary, testEngine } from "../support/engine.ts";
import { computeGolden } from "./compute.ts";

const engine = await testEngine();
const selfTest = await engine.selfTest();
const golden = await computeGolden(engine, await engineBinary());
console.log(JSON.stringify({ selfTest, ...golden }, null, 2));
