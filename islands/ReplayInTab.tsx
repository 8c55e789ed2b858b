import { useState } from "preact/hooks";
import { formatFlops, formatInteger } from "../components/format.ts";
import { NoFile } from "../components/NoFile.tsx";
import { drawNonce, type EndedReplay } from "../components/ended_replay.ts";
import { TabRunning } from "../components/TabRunning.tsx";
import { useTabEngine } from "../components/use_tab_engine.ts";
import type { ModelConfig } from "../lib/format/config.ts";
import type { ClaimedScore } from "../lib/verification/rescore.ts";

interface Props {
  entryId: string;
  modelDigest: string;
  file: string;
  claimedScores: ClaimedScore[];
  flops: number;
  steps: number;
  config: ModelConfig;
  /** Digest of the engine that the recipe names. */
  engine: string;
}

/** Trains the model again in this tab and compares every checkpoint, weight and score. */
export default function ReplayInTab(props: Props) {
  const { ready, absent, progress, problem, stop, ended, Outcome, replay } = useReplay(props);
  const { verdict } = ended?.result ?? {};
  const state = progress ? "running" : ended ? "done" : "idle";
  return (
    <div class="panel" data-replay-in-tab={state} data-verdict={verdict}>
      <p class="prose">
        Your browser runs the recipe from its seed: {formatInteger(props.steps)} steps,{" "}
        {formatFlops(props.flops)} FLOPs. Each checkpoint has to come out as the file claims.
      </p>
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <TabRunning progress={progress} label="Training in this tab" />}
      {ended && Outcome && !progress && <Outcome {...props} ended={ended} />}
      <p class="actions">
        {progress
          ? <button class="button quiet" type="button" onClick={stop}>Stop</button>
          : (
            <button class="button" type="button" onClick={replay} disabled={!ready}>
              Train it again in this tab
            </button>
          )}
      </p>
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli verify FILE
      </noscript>
    </div>
  );
}

type OutcomeView = typeof import("../components/ReplayOutcome.tsx").ReplayOutcome;

function useReplay({ entryId, modelDigest, file, claimedScores }: Props) {
  const { run, ...engine } = useTabEngine(file);
  const [ended, setEnded] = useState<EndedReplay | null>(null);
  const [Outcome, setOutcome] = useState<OutcomeView | null>(null);

  async function replay() {
    setEnded(null);
    // Most visitors read the page and replay nothing: the schemas behind a verdict outweigh it.
    const outcome = import("../components/ReplayOutcome.tsx");
    // Drawn before, so that what is signed afterwards cannot have been prepared.
    const nonce = await drawNonce(entryId);
    await run({ type: "replay", claimedScores }, (reply) => {
      if (reply.type !== "replayed") return;
      const { result, openings } = reply;
      setEnded({ entryId, modelDigest, nonce, result, openings });
    });
    const { ReplayOutcome } = await outcome;
    setOutcome(() => ReplayOutcome);
  }

  return { ...engine, ended, Outcome, replay };
}
