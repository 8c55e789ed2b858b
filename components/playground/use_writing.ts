// A continuation as it is written in this tab: what came so far, and how it is begun and stopped.

import { useState } from "preact/hooks";
import type {
  FoundText,
  ModelSource,
  WritingMethod,
  WrittenToken,
} from "../../workers/score_protocol.ts";
import { useTabEngine } from "../use_tab_engine.ts";

export interface Written {
  prompt: string;
  tokens: WrittenToken[];
  /** All that a search found. */
  texts: FoundText[];
  elapsedMs: number;
  state: "running" | "stopped" | "done";
}

export function useWriting(source: ModelSource) {
  const { run, stop, ...engine } = useTabEngine(source);
  const [written, setWritten] = useState<Written | null>(null);
  const change = (part: (before: Written) => Partial<Written>) =>
    setWritten((before) => before && { ...before, ...part(before) });

  async function write(request: { prompt: string; method: WritingMethod }) {
    const { prompt } = request;
    setWritten({ prompt, tokens: [], texts: [], elapsedMs: 0, state: "running" });
    await run({ type: "generate", ...request }, (reply) => {
      if (reply.type === "found") change(() => ({ texts: reply.texts }));
      if (reply.type !== "written") return;
      const { elapsedMs } = reply;
      change(({ tokens }) => ({ tokens: [...tokens, ...reply.tokens], elapsedMs }));
    });
    change(() => ({ state: "done" }));
  }

  function halt() {
    stop();
    change(() => ({ state: "stopped" }));
  }

  return { ...engine, written, write, halt };
}
