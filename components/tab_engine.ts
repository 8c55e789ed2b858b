// Opens the engine worker of a page and passes its replies on. One worker serves one model file.

import type { ModelSource, TabReply, TabRequest } from "../workers/score_protocol.ts";
import { siteAddress } from "./site_root.ts";

export interface TabEngine {
  /** Resolves at "done", rejects at "error"; everything else goes to `onReply`. */
  request(request: TabRequest, onReply: (reply: TabReply) => void): Promise<number>;
  /** Ends the worker at once, whatever it is doing. */
  close(): void;
}

const WORKER_URL = "/build/score_browser.js";
const ENGINE_URL = "/engine.wasm";

/** Starts a worker, which loads `file` before it answers the first request. */
export function openTabEngine(file: ModelSource): TabEngine {
  const worker = new Worker(siteAddress(WORKER_URL), { type: "module" });
  const load: TabRequest = {
    type: "load",
    engineUrl: siteAddress(ENGINE_URL),
    // As the page has it, which in a static copy is relative.
    file: typeof file === "string" ? new URL(file, document.baseURI).href : file,
    siteUrl: siteAddress("/"),
  };
  let loaded = false;
  return {
    async request(request, onReply) {
      if (!loaded) await ask(worker, load, onReply);
      loaded = true;
      return await ask(worker, request, onReply);
    },
    close: () => worker.terminate(),
  };
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
