// The playground's work in a browser tab, in a worker: measuring the machine, training, scanning a
// text, packing a model. What most visitors never ask for is a script of its own.

import type { CrewOptions } from "../lib/engine/crew.ts";
import { instantiateEngine } from "../lib/engine/instantiate.ts";
import { LostThreadError } from "../lib/engine/thread.ts";
import { publicProblem } from "../lib/errors.ts";
import { calibrate } from "./calibrate.ts";
import { Gate } from "./gate.ts";
import type { Site, TrainCommand, TrainReply, TrainRequest } from "./train_protocol.ts";

/** Beside this file, once both are bundled. */
const THREAD_URL = new URL("./compute_thread_browser.js", import.meta.url);
/** The rest of the machine has other things to do. */
const MOST_TAB_THREADS = 8;

const gate = new Gate();
const reply = (message: TrainReply, transfer: Transferable[] = []) =>
  postMessage(message, { transfer });

addEventListener("message", ({ data }: MessageEvent<TrainRequest | TrainCommand>) => {
  if (data.type === "pause") gate.close();
  else if (data.type === "continue") gate.open();
  else {
    serve(data).then(() => reply({ type: "done" })).catch((error) => {
      const problem = publicProblem(error) ?? { message: String(error) };
      reply({ type: "error", problem, lost: error instanceof LostThreadError });
    });
  }
});

async function serve(request: TrainRequest): Promise<void> {
  switch (request.type) {
    case "calibrate":
      return reply({ type: "calibrated", calibration: await measured(request) });
    case "train": {
      const { trainRun } = await import("./train_run.ts");
      const engine = await open(request.site);
      return await trainRun({ ...{ engine, gate, reply }, ...request });
    }
    case "scan": {
      const { scanText } = await import("./scan_text.ts");
      return await scanText({ reply, ...request });
    }
    case "pack": {
      const { packModel } = await import("./pack_model.ts");
      return reply({ type: "packed", ...await packModel(request.file, request.packing) });
    }
  }
}

async function measured({ site, probes }: Extract<TrainRequest, { type: "calibrate" }>) {
  return await calibrate(await open(site), probes);
}

/** The engine, self-tested, with as many threads as there are cores where they can share memory. */
async function open({ engineUrl }: Site) {
  reply({ type: "stage", stage: "loading the engine", fraction: null });
  const response = await fetch(engineUrl);
  if (!response.ok) throw new Error(`${engineUrl} answered ${response.status}`);
  const options: CrewOptions = {
    threads: Math.min(navigator.hardwareConcurrency, MOST_TAB_THREADS),
    spawn: () => new Worker(THREAD_URL, { type: "module" }),
  };
  const engine = await instantiateEngine(new Uint8Array(await response.arrayBuffer()), options);
  await engine.selfTest();
  return engine;
}
