// Figures for whoever runs a server: `deno task bench:operating PART [--quick]`. Each part starts the
// real server on this machine's loopback, and ends by itself.

import { parseArgs } from "node:util";
import { machine } from "../report.ts";
import { measureRecovery } from "./recovery.ts";
import { measureRequests } from "./requests.ts";
import { measureSoak } from "./soak.ts";
import { measureStreams } from "./streams.ts";
import { measureSubmissions } from "./submissions.ts";

const PARTS: Record<string, (options: { quick: boolean }) => Promise<void>> = {
  requests: measureRequests,
  submissions: measureSubmissions,
  streams: measureStreams,
  soak: measureSoak,
  recovery: measureRecovery,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const part = positionals.length === 1 ? PARTS[positionals[0]] : undefined;
if (part === undefined) {
  console.error(`Expected one of ${Object.keys(PARTS).join(", ")}`);
  Deno.exit(2);
}
console.log(machine());
await part({ quick: values.quick });
Deno.exit(0);
