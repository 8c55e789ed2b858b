// Speed and memory of a static copy: a board of many entries, written from this process.
// `deno task bench:dump [--entries N]`

import process from "node:process";
import { parseArgs } from "node:util";
import { Builder } from "fresh/dev";
import { SORT_6 } from "../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V2 } from "../lib/benchmarks/tinystories_ppl.ts";
import { type DumpProgress, makeDump } from "../lib/dump/dump.ts";
import { applicationSource } from "../lib/dump/source.ts";
import { createApp } from "../lib/http/app.ts";
import { configFromEnv, createServices, type Services } from "../lib/services.ts";
import { appendEvent } from "../lib/storage/ledger.ts";
import { machine } from "./report.ts";

const ROOT = new URL("../", import.meta.url).pathname.replace(/\/$/, "");
const CHUNK = 500;
/** As many as the benchmark has: they fill four pages. */
const EXAMPLES = JSON.stringify(Array.from({ length: 200 }, (_, index) => ({
  ...{ index, prompt: "sort: 5 1 4 2 6 3 = ", expected: "1 2 3 4 5 6", output: "1 2 3 4 5 6" },
  ...{ value: 1, weight: 1 },
})));

/** `count` scored entries of a hundred authors, each with two scores and a line of the ledger. */
async function fillBoard({ db }: Services, count: number): Promise<void> {
  for (let start = 0; start < count; start += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, count - start) }, (_, i) => start + i);
    const digest = (n: number) => String(n).padStart(64, "0");
    await db.insertInto("blob").values(numbers.map((n) => ({ digest: digest(n), byte_length: 1 })))
      .execute();
    await db.insertInto("entry").values(numbers.map((n) => ({
      ...{ id: `bench-${n}`, name: `Model ${n}`, author: `author-${n % 100}`, blurb: "" },
      ...{ status: "scored" as const, provenance: "external" as const, parameters: 4000 + n },
      ...{ file_digest: digest(n), file_name: "model.tinygpt", model_digest: digest(n) },
    }))).execute();
    await db.insertInto("score").values(
      numbers.flatMap((n) =>
        [SORT_6, TINYSTORIES_PPL_V2].map(({ id, version, unit }) => ({
          ...{ model_digest: digest(n), benchmark: id, version, wall_ms: 1 },
          ...{ engine_digest: digest(0), data_digest: digest(0) },
          score: unit === "%" ? 100 * n / count : 2 + n / count,
          examples: unit === "%" ? EXAMPLES : "[]",
        }))
      ),
    ).execute();
    await db.transaction().execute(async (trx) => {
      for (const n of numbers) await appendEvent(trx, "submission", { entry: n }, new Date());
    });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { entries: { type: "string", default: "1000" } } });
  const entries = Number(values.entries);
  const dir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
  const env = { TINYPROOF_DATA: `${dir}/var`, TINYPROOF_GALLERY: "off" };
  const services = await createServices(configFromEnv(env));
  try {
    await fillBoard(services, entries);
    const app = createApp(services);
    (await new Builder({ root: ROOT, outDir: `${dir}/_fresh` }).build({ snapshot: "memory" }))(app);
    console.log(machine());
    await measure(app.handler(), `${dir}/copy`);
    console.log(machine());
  } finally {
    await services.close();
    await Deno.remove(dir, { recursive: true });
  }
}

async function measure(
  handler: Parameters<typeof applicationSource>[0],
  out: string,
): Promise<void> {
  const mebi = (bytes: number) => Math.round(bytes / 1024 ** 2);
  const startMs = performance.now();
  const before = process.cpuUsage();
  let mostMemory = 0, askedMs = 0, shownMs = startMs;
  const onProgress = ({ stage, done, total }: DumpProgress) => {
    const nowMs = performance.now();
    if (stage === "asking") askedMs = nowMs - startMs;
    if (nowMs - shownMs < 5000) return;
    shownMs = nowMs;
    const { rss, heapUsed } = Deno.memoryUsage();
    mostMemory = Math.max(mostMemory, rss);
    const seconds = Math.round((nowMs - startMs) / 1000);
    console.log(
      `${seconds} s, ${stage} ${done} of ${total}, ${mebi(rss)} MiB, heap ${mebi(heapUsed)} MiB`,
    );
  };
  const source = applicationSource(handler, "http://localhost:8000");
  const { pages, files, bytes } = await makeDump({ source, out, onProgress });
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  console.log(
    `${pages} pages, ${files} files, ${mebi(bytes)} MiB in ${seconds.toFixed(0)} s: ` +
      `${(pages / seconds).toFixed(0)} pages/s, ${(files / seconds).toFixed(0)} files/s, ` +
      `${(cpuMs / files).toFixed(1)} ms of processor time a file; ` +
      `asking took ${(askedMs / 1000).toFixed(0)} s, most memory ${mebi(mostMemory)} MiB`,
  );
}

if (import.meta.main) await main();
