import { useEffect, useState } from "preact/hooks";
import { NoFile } from "../components/NoFile.tsx";
import { drawNonce, type EndedReplay, tabSegment } from "../components/ended_replay.ts";
import { ReplayScope } from "../components/ReplayScope.tsx";
import { isCopy } from "../components/site_root.ts";
import { TabRunning } from "../components/TabRunning.tsx";
import { useTabEngine } from "../components/use_tab_engine.ts";
import type { ModelConfig } from "../lib/format/config.ts";
import type { PublicSegment } from "../lib/verification/public_segments.ts";
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
  /** Parts of the run that can be replayed alone; none where no states are kept. */
  segments: PublicSegment[];
}

/** Trains the model again in this tab, or a part of its run, and compares to the last bit. */
export default function ReplayInTab(props: Props) {
  const { ready, absent, progress, problem, stop, ended, Outcome, replay } = useReplay(props);
  const segments = useSegments(props);
  const [chosen, setChosen] = useState(-1);
  const part = segments[chosen] ?? null;
  const state = progress ? "running" : ended ? "done" : "idle";
  return (
    <div class="panel" data-replay-in-tab={state} data-verdict={ended?.result.verdict}>
      <p class="prose">
        Your browser runs the recipe from its seed, or a part of it from a state this board has
        kept. Each checkpoint has to come out as the file claims.
      </p>
      <ReplayScope
        segments={segments}
        run={{ steps: props.steps, flops: props.flops, width: props.config.dModel }}
        chosen={chosen}
        choose={setChosen}
        disabled={!ready || progress !== null}
      />
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <TabRunning progress={progress} label="Training in this tab" />}
      {ended && Outcome && !progress && <Outcome {...props} ended={ended} />}
      <p class="actions">
        {progress
          ? <button class="button quiet" type="button" onClick={stop}>Stop</button>
          : (
            <button
              class="button"
              type="button"
              onClick={() => replay(part)}
              disabled={!ready}
            >
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

/** A static copy has no states. */
function useSegments({ segments }: Props): PublicSegment[] {
  const [shown, setShown] = useState(segments);
  useEffect(() => {
    if (isCopy()) setShown([]);
  }, []);
  return shown;
}

type OutcomeView = typeof import("../components/ReplayOutcome.tsx").ReplayOutcome;

function useReplay({ entryId, modelDigest, file, claimedScores }: Props) {
  const { run, ...engine } = useTabEngine(file);
  const [ended, setEnded] = useState<EndedReplay | null>(null);
  const [Outcome, setOutcome] = useState<OutcomeView | null>(null);

  async function replay(part: PublicSegment | null) {
    setEnded(null);
    // Most visitors read the page and replay nothing: the schemas behind a verdict outweigh it.
    const outcome = import("../components/ReplayOutcome.tsx");
    // Drawn before, so that what is signed afterwards cannot have been prepared.
    const nonce = await drawNonce(entryId, part);
    await run({ type: "replay", claimedScores, segment: tabSegment(part) }, (reply) => {
      if (reply.type !== "replayed") return;
      const { result, openings } = reply;
      setEnded({ entryId, modelDigest, nonce, part, result, openings });
    });
    const { ReplayOutcome } = await outcome;
    setOutcome(() => ReplayOutcome);
  }

  return { ...engine, ended, Outcome, replay };
}
