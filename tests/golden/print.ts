// Prints the golden digests and the self-test of this runtime as JSON, for comparing runtimes.

import { testEngine } from "../support/engine.ts";
import { goldenDigests } from "./recipes.ts";

const engine = await testEngine();
const selfTest = await engine.selfTest();
console.log(JSON.stringify({ selfTest, digests: await goldenDigests(engine) }, null, 2));
