// Submissions a minute, from the upload to the last score, with several job processes at a time.

import { startServer } from "../../tests/support/server.ts";
import { table } from "../report.ts";
import { variants } from "./models.ts";
import { processorMs } from "./process.ts";

const PROCESSES = [1, 2, 4];

export async function measureSubmissions({ quick }: { quick: boolean }): Promise<void> {
  const count = quick ? 3 : 24;
  const files = await variants("sort-6", count);
  const rows: string[][] = [];
  for (const processes of quick ? [1] : PROCESSES) {
    const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-bench-" });
    const server = await startServer(dataDir, {
      TINYPROOF_SWEEP: "off",
      TINYPROOF_JOBS: String(processes),
      TINYPROOF_THREADS: "1",
    });
    try {
      const startMs = performance.now();
      const ids = await Promise.all(files.map((file, i) => submit(server.url, file, i)));
      const uploadedMs = performance.now();
      for (const id of ids) await scored(server.url, id);
      const seconds = (performance.now() - startMs) / 1000;
      rows.push([
        String(processes),
        (60 * count / seconds).toFixed(1),
        (1000 * count / (uploadedMs - startMs)).toFixed(0),
        seconds.toFixed(1),
        ((await processorMs(server.pid)) / 1000).toFixed(1),
      ]);
    } finally {
      await server.stop();
      await Deno.remove(dataDir, { recursive: true });
    }
  }
  console.log(`\n${count} models of 1,360 weights, every benchmark, one thread each\n`);
  console.log(table(
    [
      "job processes",
      "scored a minute",
      "uploads a second",
      "seconds in all",
      "server's processor s",
    ],
    rows,
  ));
}

async function submit(url: string, body: Uint8Array<ArrayBuffer>, i: number): Promise<string> {
  const response = await fetch(`${url}/api/v1/submissions?name=Bench ${i}&author=bench`, {
    method: "POST",
    headers: { "x-forwarded-for": `192.0.2.${i}` },
    body,
  });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()).id;
}

/** Resolves with the last event of the submission's stream. */
async function scored(url: string, id: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/submissions/${id}/events`);
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      if (/"status":"failed"/.test(text)) throw new Error(text);
      if (/"status":"scored"/.test(text)) return void await response.body?.cancel().catch(() => {});
    }
  }
}
