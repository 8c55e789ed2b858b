import { useState } from "preact/hooks";
import { formatDuration, formatFlops, formatInteger } from "../components/format.ts";
import { EngineUsed } from "../components/EngineUsed.tsx";
import { MismatchView } from "../components/MismatchView.tsx";
import { NoFile } from "../components/NoFile.tsx";
import { drawNonce, type EndedReplay } from "../components/ended_replay.ts";
import { PublishConfirmation } from "../components/PublishConfirmation.tsx";
import { ReportComparison, ReportVerifiers } from "../components/ReportParts.tsx";
import { StateBadge } from "../components/StateBadge.tsx";
import { TabRunning } from "../components/TabRunning.tsx";
import { useTabEngine } from "../components/use_tab_engine.ts";
import type { ModelConfig } from "../lib/format/config.ts";
import { describeVerdict } from "../lib/verification/report.ts";
import type { ClaimedScore } from "../lib/verification/rescore.ts";
import type { VerificationResult } from "../lib/verification/types.ts";

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
  const { entryId, modelDigest, file, claimedScores, flops, steps } = props;
  const { ready, absent, progress, problem, run, stop } = useTabEngine(file);
  const [ended, setEnded] = useState<EndedReplay | null>(null);
  const result = ended?.result;

  async function replay() {
    setEnded(null);
    // Drawn before, so that what is signed afterwards cannot have been prepared.
    const nonce = await drawNonce(entryId);
    await run({ type: "replay", claimedScores }, (reply) => {
      if (reply.type !== "replayed") return;
      const { result, openings } = reply;
      setEnded({ entryId, modelDigest, nonce, result, openings });
    });
  }

  const state = progress ? "running" : result ? "done" : "idle";
  return (
    <div class="panel" data-replay-in-tab={state} data-verdict={result?.verdict}>
      <p class="prose">
        Your browser runs the recipe from its seed: {formatInteger(steps)} steps,{" "}
        {formatFlops(flops)} FLOPs. Each checkpoint has to come out as the file claims.
      </p>
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <TabRunning progress={progress} label="Training in this tab" />}
      {result && !progress && <Outcome {...props} result={result} />}
      {ended && !progress && <PublishConfirmation ended={ended} />}
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

function Outcome(
  { result, config, engine }: Pick<Props, "config" | "engine"> & { result: VerificationResult },
) {
  const proven = result.verdict === "exact";
  return (
    <>
      <p class={`note ${proven ? "good" : "bad"}`} role={proven ? "status" : "alert"}>
        <StateBadge state={result.verdict} /> {describeVerdict(result)} It took{" "}
        {formatDuration(result.cost.wallMs)}.
      </p>
      <p data-engine={result.engineDigest}>
        Engine: <EngineUsed used={result.engineDigest} declared={engine} />.
      </p>
      <MismatchView result={result} chain={null} config={config} />
      <ReportComparison result={result} chain={null} />
      <ReportVerifiers verifiers={result.verifiers} />
    </>
  );
}
