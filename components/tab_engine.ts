// Opens the engine worker of a page and passes its replies on. One worker serves one model file.

import type { TabReply, TabRequest } from "../workers/score_protocol.ts";

export interface TabEngine {
  /** Resolves at "done", rejects at "error"; everything else goes to `onReply`. */
  request(request: TabRequest, onReply: (reply: TabReply) => void): Promise<number>;
  /** Ends the worker at once, whatever it is doing. */
  close(): void;
}

const WORKER_URL = "/build/score_browser.js";
const ENGINE_URL = "/engine.wasm";

/** Starts a worker and loads `fileUrl` in it. */
export async function openTabEngine(
  fileUrl: string,
  onReply: (reply: TabReply) => void,
): Promise<TabEngine> {
  const worker = new Worker(WORKER_URL, { type: "module" });
  const engine: TabEngine = {
    request: (request, listener) => ask(worker, request, listener),
    close: () => worker.terminate(),
  };
  try {
    await engine.request({ type: "load", engineUrl: ENGINE_URL, fileUrl }, onReply);
    return engine;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

function ask(
  worker: Worker,
  request: TabRequest,
  onReply: (reply: TabReply) => void,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<TabReply>) => {
    if (data.type === "done") resolve(data.wallMs);
    else if (data.type === "error") {
      reject(new Error([data.message, data.fix].filter(Boolean).join(" ")));
    } else onReply(data);
  };
  worker.onerror = (event) => reject(new Error(event.message || "The engine could not be started"));
  worker.postMessage(request);
  return promise;
}
