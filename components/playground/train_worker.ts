// A worker of the playground, seen from the page: one request, its replies, its end.

import type { PublicProblem } from "../../lib/errors.ts";
import type { Site, TrainCommand, TrainReply, TrainRequest } from "../../workers/train_protocol.ts";
import { siteAddress } from "../site_root.ts";

/** `lost`: the worker itself gave out, not the request; another may do it. */
export type WorkProblem = PublicProblem & { lost?: boolean };

export interface Work {
  /** Resolves once the request is done; rejects with a `WorkProblem`. Never after `end`. */
  done: Promise<void>;
  tell(command: TrainCommand): void;
  /** Ends the worker at once, whatever it is doing. */
  end(): void;
}

export function site(): Site {
  return { engineUrl: siteAddress("/engine.wasm"), siteUrl: siteAddress("/") };
}

export function startWork(request: TrainRequest, onReply: (reply: TrainReply) => void): Work {
  const worker = new Worker(siteAddress("/build/train_browser.js"), { type: "module" });
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const settle = (act: () => void) => {
    worker.terminate();
    act();
  };
  worker.onmessage = ({ data }: MessageEvent<TrainReply>) => {
    if (data.type === "done") settle(resolve);
    else if (data.type === "error") {
      settle(() => reject({ ...data.problem, lost: data.lost } satisfies WorkProblem));
    } else onReply(data);
  };
  worker.onerror = (event) => {
    const problem: PublicProblem = {
      message: event.message || "The engine could not be started",
      fix: "Reload the page; what was kept is still there.",
    };
    settle(() => reject(problem));
  };
  worker.postMessage(request);
  return { done, tell: (command) => worker.postMessage(command), end: () => worker.terminate() };
}
