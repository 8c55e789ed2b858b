// Prints the golden digests and the self-test of this runtime as JSON, for comparing runtimes.

import { engineBinary, testEngine } from "../support/engine.ts";
import { functionDigests } from "./functions.ts";
import { goldenDigests } from "./recipes.ts";

const engine = await testEngine();
const selfTest = await engine.selfTest();
const functions = await functionDigests(await engineBinary());
console.log(JSON.stringify({ selfTest, functions, runs: await goldenDigests(engine) }, null, 2));
