// Speed of sending a file: whole, and in parts as the form and the command line do. The real server
// as a child process, on this machine's loopback only. `deno task bench:uploads [--mib N]`

import { Buffer } from "node:buffer";
import { parseArgs } from "node:util";
import { Upload } from "tus-js-client";
import { sha256Hex } from "../lib/hash.ts";
import { startServer, type TestServer } from "../tests/support/server.ts";
import { machine, quantile, table } from "./report.ts";

const PART_MIB = [1, 4, 16];
const ROUNDS = 3;
const MIB = 1024 ** 2;

const { values: { mib } } = parseArgs({ options: { mib: { type: "string", default: "64" } } });
const fileMib = Number(mib);

/** Refused once it has arrived: no model. Unlike any before. */
function fileOf(byteLength: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength);
  crypto.getRandomValues(bytes.subarray(0, 16));
  return bytes;
}

async function sendWhole({ url }: TestServer, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const response = await fetch(`${url}/api/v1/submissions?name=n&author=a`, {
    method: "POST",
    body: bytes,
  });
  await response.body?.cancel();
}

async function sendParts(
  { url }: TestServer,
  bytes: Uint8Array<ArrayBuffer>,
  partMib: number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const upload: Upload = new Upload(Buffer.from(bytes.buffer), {
    endpoint: `${url}/api/v1/uploads`,
    chunkSize: partMib * MIB,
    metadata: { filename: "m.tinygpt", sha256: await sha256Hex(bytes) },
    onSuccess: () => resolve(),
    onError: reject,
  });
  upload.start();
  await promise;
  await upload.abort(true);
}

async function residentMib({ pid }: TestServer): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024;
}

async function megabytesPerSecond(send: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = fileOf(fileMib * MIB);
    const startMs = performance.now();
    await send(bytes);
    rates.push(bytes.length / 1e6 / ((performance.now() - startMs) / 1000));
  }
  return quantile(rates, 0.5);
}

const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
const server = await startServer(dataDir, { TINYPROOF_PER_DAY: "1000" });
try {
  console.log(machine());
  console.log(`A file of ${fileMib} MiB, the median of ${ROUNDS}`);
  const rows: string[][] = [];
  const before = await residentMib(server);
  const rateOf = async (name: string, send: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) => {
    const rate = await megabytesPerSecond(send);
    const more = await residentMib(server) - before;
    rows.push([name, `${rate.toFixed(0)} MB/s`, `${more.toFixed(0)} MiB`]);
  };
  await rateOf("whole", (bytes) => sendWhole(server, bytes));
  for (const part of PART_MIB) {
    await rateOf(`parts of ${part} MiB`, (bytes) => sendParts(server, bytes, part));
  }
  console.log(table(["sent", "rate", "memory of the server above its start"], rows));
} finally {
  await server.stop();
  await Deno.remove(dataDir, { recursive: true });
}
